/** Records of a run, as Weights & Biases keeps them: wandb/proto/wandb_internal.proto of its client. */

import { concat, type Field, message, text, wholeNumber } from '../protobuf.ts'

/** A number, a text or another value of JSON, by its name. */
export type Items = readonly (readonly [name: string, value: unknown])[]

export interface WandbRun {
  readonly id: string
  readonly project: string
  /** The run of llmpipe, by which runs are grouped. */
  readonly group: string
  /** The name of the stage. */
  readonly name: string
  /** Its kind. */
  readonly job: string
  readonly host: string
  /** Milliseconds since the epoch. */
  readonly start: number
  readonly config: Items
}

/** The first record: which version wrote the file, and the oldest version that can read it. */
export function headerRecord(version: string): Field[] {
  return [message(21, [message(1, [text(1, `llmpipe ${version}`), text(2, '0.70.0')])])]
}

export function runRecord({ id, project, group, name, job, host, start, config }: WandbRun): Field[] {
  const time = [wholeNumber(1, Math.floor(start / 1000)), wholeNumber(2, (start % 1000) * 1e6)]
  const configured = message(
    4,
    config.map(([key, value]) => message(1, [text(1, key), text(16, json(value))])),
  )
  const names = [text(6, group), text(7, job), text(8, name), text(13, host)]
  return [message(17, [text(1, id), text(3, project), configured, ...names, message(17, time)])]
}

/** Values at a step. */
export function historyRecord(step: number, items: Items): Field[] {
  return [message(2, [...items.map(item), message(2, [wholeNumber(1, step)])])]
}

/** The newest values: what tables of runs show. */
export function summaryRecord(items: Items): Field[] {
  return [message(3, items.map(item))]
}

/** The end: without this record the run counts as crashed. */
export function exitRecord(code: number, seconds: number): Field[] {
  return [message(18, [wholeNumber(1, code), wholeNumber(2, Math.round(seconds))])]
}

/** A record with its number, counted from 1. */
export function numbered(number: number, record: readonly Field[]): Uint8Array {
  return concat([wholeNumber(1, number), ...record])
}

/** `nested_key`, so that a dot in a name is a part of it. */
function item([name, value]: Items[number]): Field {
  return message(1, [text(2, name), text(16, json(value))])
}

/** JSON has no infinities and no NaN; the client writes them as texts. */
function json(value: unknown): string {
  return JSON.stringify(typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)
}
