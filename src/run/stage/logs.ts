/** The metrics and logs of attempts, kept in the work folder and joined when the stage is done. */

import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../core/artefact.ts'
import type { RunEventOf, StageEvent } from '../../core/event.ts'
import type { Claim } from '../../store/claim.ts'
import { keepIfPossible } from '../../store/durable.ts'

/** How many lines of the log a failure shows. */
const tailLength = 20

export function attemptLogs({ work, attempt }: Pick<Claim, 'work' | 'attempt'>): {
  write(event: StageEvent): void
  /** The last lines of the log. */
  close(): string[]
} {
  const metrics = openSync(join(work, `metrics-${attempt}.jsonl`), 'w')
  const log = openSync(join(work, `log-${attempt}.txt`), 'w')
  const tail: string[] = []
  return {
    write(event) {
      // On a full disk, lines are lost, but the training continues.
      if (event.event === 'metric') keepIfPossible(() => writeSync(metrics, `${JSON.stringify(event)}\n`))
      if (event.event !== 'log') return
      keepIfPossible(() => writeSync(log, `${event.level === 'info' ? '' : `${event.level}: `}${event.message}\n`))
      tail.push(event.message)
      if (tail.length > tailLength) tail.shift()
    },
    close() {
      closeSync(metrics)
      closeSync(log)
      return tail
    },
  }
}

/** The logs of all attempts joined. The metrics of an attempt replace those of earlier attempts from its first step on. */
export function logsOf({ work }: Pick<Claim, 'work'>): { 'metrics.jsonl': string; 'log.txt': string } {
  let metrics: { step: number; line: string }[] = []
  for (const text of numbered(work, /^metrics-(\d+)\.jsonl$/)) {
    const added = text.split('\n').flatMap(metricOf)
    const from = Math.min(...added.map(({ step }) => step))
    metrics = [...metrics.filter(({ step }) => step < from), ...added]
  }
  const text = metrics.map(({ line }) => `${line}\n`).join('')
  return { 'metrics.jsonl': text, 'log.txt': numbered(work, /^log-(\d+)\.txt$/).join('') }
}

/** The logs of the attempts at a key that is not done; `undefined` if there were no attempts. */
export function logsLeft(root: string, key: Key): ReturnType<typeof logsOf> | undefined {
  const work = join(root, 'work', key)
  return existsSync(work) ? logsOf({ work }) : undefined
}

function metricOf(line: string): { step: number; line: string }[] {
  try {
    const { step } = JSON.parse(line)
    return typeof step === 'number' ? [{ step, line }] : []
  } catch {
    // The last line of an attempt that was killed.
    return []
  }
}

/** The lines of metrics up to a step. Other lines are left out. */
export function metricsUpTo(step: number, metrics: string): string {
  const lines = metrics.split('\n').flatMap(metricOf)
  return lines.flatMap((each) => (each.step <= step ? [`${each.line}\n`] : [])).join('')
}

/** The most points of a curve that a screen needs. */
const mostPoints = 512

/** The scalars in lines of metrics up to a step. Of more than `mostPoints` lines, every second, fourth, … one, and the last. */
export function measuredUpTo(step: number, metrics: string): RunEventOf<'earlier'>['metrics'] {
  const lines = metricsUpTo(step, metrics).split('\n').slice(0, -1)
  const stride = 2 ** Math.max(0, Math.ceil(Math.log2(lines.length / mostPoints)))
  const kept = lines.filter((_, index) => index % stride === 0 || index === lines.length - 1)
  return kept.map((line) => {
    const { step: at, ...rest } = JSON.parse(line) as { readonly step: number; readonly [scalar: string]: unknown }
    const scalars = Object.entries(rest).filter((each): each is [string, number] => typeof each[1] === 'number')
    return { ...Object.fromEntries(scalars), step: at }
  })
}

/** The texts of the files whose names match, in the order of their numbers. */
function numbered(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const match = pattern.exec(name)
      return match === null ? [] : [{ name, number: Number(match[1]) }]
    })
    .sort((a, b) => a.number - b.number)
    .map(({ name }) => readFileSync(join(folder, name), 'utf8'))
}
