/** Runs a stage of the project's own, in its process: what it takes as streams, what it makes checked, and a ledger of both. */

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Artefact, ArtefactKind, StageReport } from '../core/artefact.ts'
import { Interrupted, StageError } from '../core/failure.ts'
import type { JsonObject } from '../core/json.ts'
import type { StageModule, StageRun } from '../core/kind.ts'
import { isExampleKind } from '../data/conversations/examples.ts'
import { Document } from '../data/document.ts'
import { LedgerBook, type RuleCount } from '../data/ledger.ts'
import { stemOf } from '../data/records.ts'
import { ShardWriter } from '../data/shards.ts'
import { takenLine } from '../data/taken.ts'
import { linesIn } from '../data/walk.ts'
import { checkCode } from '../store/code.ts'
import { definitionOf, provideApi } from './api.ts'
import type { Definition } from './definition.ts'
import { outputsOf } from './kind.ts'
import type { Result } from './llmpipe.d.ts'
import { ownFrames, placeIn } from './place.ts'

/** How long a stage that is asked to stop may take to save something, in milliseconds. */
const farewell = 5_000

/** Loads the stage that a file of code exports by a name. */
export async function loadStage(file: string, sha256: string, name: string): Promise<StageModule<unknown>> {
  checkCode(file, sha256)
  process.setSourceMapsEnabled(true)
  provideApi()
  const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  const definition = definitionOf(module[name])
  if (definition === undefined) throw new Error(`${file} exports no stage ${name}`)
  return { run: (stage) => runOwn(name, definition, stage) }
}

async function runOwn(name: string, definition: Definition, stage: StageRun): Promise<StageReport> {
  const tally = new Tally(name, nounOf(definition, stage))
  const inputs = Object.fromEntries(
    Object.entries(definition.inputs ?? {}).map(([role, { list }]) => {
      const taken = (stage.inputs[role] ?? []).map((artefact) => inputOf(artefact, stage, tally))
      return [role, list ? taken : taken[0]]
    }),
  )
  const outputs = Object.fromEntries(
    kindsMade(definition, stage).map(([output, kind]) => {
      const what = definition.output === undefined ? `${name} (${output})` : name
      return [output, outputOf(kind, stage.outputs[output]!, what, tally)]
    }),
  )
  const handed = {
    inputs,
    settings: settingsOf(definition, stage),
    ...(definition.output === undefined ? { outputs } : { output: outputs.out }),
    drop: (record: object, rule: string, value?: string) => tally.drop(record, rule, value),
    log: (message: string, level: 'info' | 'warning' | 'error' = 'info') =>
      stage.emit({ event: 'log', level, message: String(message) }),
    progress: (done: number, total: number | undefined, unit: string) =>
      stage.emit({ event: 'progress', done, unit, ...(total === undefined ? {} : { total }) }),
    metric: (step: number, values: Readonly<Record<string, number>>) =>
      stage.emit({ ...values, event: 'metric', step }),
    work: stage.work,
    threads: stage.threads,
    signal: stage.signal,
  }
  const said = (await untilStopped(name, () => definition.run(handed), stage.signal)) ?? {}
  if (typeof said !== 'object') throw new StageError('bad-output', `${name} returned ${typeof said}`, returns)
  const { metrics = {}, summary } = said as Result
  const stray = Object.entries(metrics).find(([, value]) => typeof value !== 'number' || !Number.isFinite(value))
  if (stray) throw new StageError('bad-output', `${name} returned ${String(stray[1])} as metric ${stray[0]}`, returns)
  for (const output of Object.values(outputs)) output.end(metrics)
  return tally.report(metrics, summary)
}

/** What kind each output is of. */
function kindsMade(definition: Definition, { inputs }: StageRun): (readonly [name: string, kind: ArtefactKind])[] {
  return outputsOf(definition).map(([name, kind]) => [
    name,
    typeof kind === 'string' ? kind : inputs[kind.like]![0]!.kind,
  ])
}

/** What the records that it makes are called. */
function nounOf(definition: Definition, stage: StageRun): string {
  const [kind] = kindsMade(definition, stage).flatMap(([, each]) => (isRecords(each) ? [each] : []))
  return kind === undefined || kind === 'Docs' ? 'documents' : stemOf(kind)
}

const returns = 'It returns nothing, or { metrics: { name: number }, summary: "…" }.'

/** Waits for a stage; one that does not listen when it is asked to stop is not waited for much longer. */
async function untilStopped(name: string, run: () => unknown, signal: AbortSignal): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  let asked = () => {}
  const stopped = new Promise<never>((_, reject) => {
    asked = () => {
      timer = setTimeout(() => reject(new Interrupted()), farewell)
    }
  })
  signal.addEventListener('abort', asked)
  if (signal.aborted) asked()
  try {
    return await Promise.race([(async () => run())(), stopped])
  } catch (error) {
    if (error instanceof Interrupted || error instanceof StageError) throw error
    // Whatever breaks off because it was asked to.
    if (signal.aborted) throw new Interrupted()
    throw new OwnError(name, error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', asked)
  }
}

/** Something that the code of a stage threw. */
class OwnError extends StageError {
  readonly #stack: string

  constructor(name: string, thrown: unknown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    const stack = error.stack ?? ''
    const where = placeIn(stack)
    super(
      'stage-threw',
      `${name} threw ${error.name}: ${error.message}${where === undefined ? '' : ` (${where})`}`,
      'To fail with advice of your own, throw a StageError of "llmpipe".',
    )
    this.#stack = ownFrames(stack)
  }

  override toFailure() {
    return { ...super.toFailure(), detail: this.#stack }
  }
}

function settingsOf({ settings = {} }: Definition, { params, hints, files }: StageRun): JsonObject {
  const values = Object.entries(settings).map(([name, spec]) => [
    name,
    spec.files ? (files[name] ?? []) : spec.hint ? hints[name] : params[name],
  ])
  return Object.freeze(Object.fromEntries(values))
}

function isRecords(kind: ArtefactKind): kind is Parameters<typeof takenLine>[1] {
  return kind === 'Docs' || isExampleKind(kind)
}

function inputOf({ kind, path }: Artefact, stage: StageRun, tally: Tally) {
  if (!isRecords(kind)) return { kind, path }
  return {
    kind,
    path,
    async *[Symbol.asyncIterator](): AsyncGenerator<object> {
      for await (const { lines } of linesIn([path], stage, 'reading', stemOf(kind)))
        for (const line of lines) {
          if (line === '') continue
          const record = JSON.parse(line) as object
          tally.take(record)
          yield record
        }
    },
  }
}

function outputOf(kind: ArtefactKind, path: string, name: string, tally: Tally) {
  const nothing = (what: string) => new StageError('nothing-left', `${name} made ${what}`, tally.advice())
  if (!isRecords(kind))
    return {
      kind,
      path,
      end(metrics: Readonly<Record<string, number>>): void {
        if (readdirSync(path).length > 0) return
        if (kind !== 'Report') throw nothing('no file')
        writeFileSync(join(path, 'metrics.json'), `${JSON.stringify(metrics, undefined, 2)}\n`)
      },
    }
  const writer = new ShardWriter(path, undefined, stemOf(kind))
  let count = 0
  return {
    kind,
    path,
    write(record: object): void {
      const made = takenLine(record, kind)
      if (!('line' in made))
        throw new StageError('bad-output', `${name} wrote something that is not ${made.expected}`, shown(record))
      writer.writeLine(made.line)
      tally.give(record)
      count++
    },
    end(): void {
      writer.close()
      if (count === 0) throw nothing(kind === 'Docs' ? 'no document' : `no ${stemOf(kind)}`)
    },
  }
}

function shown(record: unknown): string {
  const text = JSON.stringify(record) ?? String(record)
  return `It is ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`
}

/** Counts what comes in, goes out and is left out. */
class Tally {
  readonly #name: string
  readonly #noun: string
  readonly #book = new LedgerBook()
  readonly #rules = new Map<string, RuleCount>()

  constructor(name: string, noun: string) {
    this.#name = name
    this.#noun = noun
  }

  take(record: object): void {
    this.#book.in.add(Buffer.byteLength(textOf(record)))
  }

  give(record: object): void {
    this.#book.out.add(Buffer.byteLength(textOf(record)))
  }

  drop(record: object, rule: string, value?: string): void {
    let count = this.#rules.get(rule)
    if (count === undefined) {
      count = this.#book.rule(`${this.#name}: ${rule}`)
      this.#rules.set(rule, count)
    }
    const id = 'id' in record && typeof record.id === 'string' ? record.id : undefined
    count.drop(new Document(textOf(record), id), () => value)
  }

  /** What to do where nothing is left. */
  advice(): string {
    const { strictest } = this.#book
    return strictest === undefined
      ? 'Whatever a stage makes is written to its output.'
      : `${strictest.documents} went by the rule "${strictest.rule}".`
  }

  report(metrics: Readonly<Record<string, number>>, summary: string | undefined): StageReport {
    const ledger = this.#book.ledger()
    const [taken, made] = [ledger.in.documents, ledger.out.documents]
    const of = made === taken || taken === 0 ? '' : ` of ${inDigits(taken)}`
    const counted = made > 0 ? [`${inDigits(made)}${of} ${this.#noun}`] : []
    const told = Object.entries(metrics).map(([name, value]) => `${name} ${value}`)
    return {
      metrics: { ...(made > 0 ? { [this.#noun]: made } : {}), ...metrics },
      ...(taken + made > 0 ? { ledger } : {}),
      summary: summary ?? [...counted, ...told].join(', '),
    }
  }
}

function inDigits(number: number): string {
  return number.toLocaleString('en-US')
}

/** The text that a record is counted by, and shown with. */
function textOf(record: object): string {
  if ('text' in record && typeof record.text === 'string') return record.text
  const messages = 'messages' in record && Array.isArray(record.messages) ? record.messages : []
  return messages.map((message) => String(message?.content ?? '')).join('\n\n')
}
