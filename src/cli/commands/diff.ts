/** `llmpipe diff RUN RUN`: which stages gave something else, and which settings and inputs made it so. */

import type { Key } from '../../core/artefact.ts'
import type { RunEvent } from '../../core/event.ts'
import { type Command, common } from '../command.ts'
import { write } from '../terminal/output.ts'
import { printJson } from '../terminal/print.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

interface Had {
  readonly key: Key
  readonly digest: string
  readonly metrics: Readonly<Record<string, number>>
}

export const diff: Command = {
  name: 'diff',
  summary: 'say how two runs differ: stages, settings, inputs and metrics',
  arguments: [
    { name: '<before>', description: 'a run, as log lists them' },
    { name: '<after>', description: 'another' },
  ],
  options: [common.store, common.json],
  examples: [['llmpipe diff 1757e8 1ece97', 'the last letters of two runs']],
  async run([before = '', after = ''], options) {
    const { storeFor } = await import('../program/store-folder.ts')
    const { eventsOf, runNamed } = await import('../../run/log/past-runs.ts')
    const { changeInWords, difference } = await import('../../store/key/difference.ts')
    const store = storeFor(options)
    const eventsOfRun = (name: string) => {
      const run = runNamed(store.root, name)
      if (run === undefined) throw new Refusal(`there is no one run "${name}"`, 'llmpipe log lists them.')
      return eventsOf(store.root, run)!
    }
    const [old, now] = [eventsOfRun(before), eventsOfRun(after)]
    const [had, has] = [hadBy(old), hadBy(now)]

    const differences = [...new Set([...had.keys(), ...has.keys()])].flatMap((stage) => {
      const [a, b] = [had.get(stage), has.get(stage)]
      if (a === undefined) {
        const then = unfinished(old).get(stage)
        return [{ stage, lines: [then === undefined ? 'new' : `${then} in the first run`] }]
      }
      if (b === undefined) {
        const then = unfinished(now).get(stage)
        return [{ stage, lines: [then === undefined ? 'gone' : `${then} in the second run`] }]
      }
      if (a.key === b.key) return []
      const [first, second] = [store.read(a.key), store.read(b.key)]
      const changes = first && second ? difference(first, second).map(changeInWords) : ['its record is gone']
      const same = a.digest === b.digest ? ['and gave the same'] : metricChanges(a, b)
      return [{ stage, lines: [...changes, ...same] }]
    })
    if (options.json) {
      printJson(differences)
      return exit.done
    }
    for (const { stage, lines } of differences) write(`${stage}\n${lines.map((line) => `  ${line}\n`).join('')}`)
    if (differences.length === 0) write('The two runs had the same of every stage.\n')
    return exit.done
  },
}

/** What a run had of each stage, made or cached. */
function hadBy(events: readonly RunEvent[]): Map<string, Had> {
  const had = new Map<string, Had>()
  for (const event of events)
    if (event.event === 'finished' || event.event === 'cached')
      had.set(event.stage, { key: event.key, digest: event.digest, metrics: event.report?.metrics ?? {} })
  return had
}

/** What became of the stages that a run began and did not finish: `failed`, `interrupted`, `skipped`, `not finished`. */
function unfinished(events: readonly RunEvent[]): Map<string, string> {
  const ends = new Map<string, string>()
  for (const event of events) {
    if (event.event === 'planned') ends.set(event.stage, 'not finished')
    if (event.event === 'failed' || event.event === 'interrupted' || event.event === 'skipped')
      ends.set(event.stage, event.event)
  }
  return ends
}

/** Metrics that are not what they were: `valid_loss: 4.235 → 4.101`. */
function metricChanges(a: Had, b: Had): string[] {
  const names = [...new Set([...Object.keys(a.metrics), ...Object.keys(b.metrics)])]
  const shown = (value: number | undefined) => (value === undefined ? 'none' : String(Number(value.toPrecision(4))))
  return names.flatMap((name) =>
    a.metrics[name] === b.metrics[name] ? [] : [`${name}: ${shown(a.metrics[name])} → ${shown(b.metrics[name])}`],
  )
}
