/** `llmpipe log [RUN]`: the runs there were; what a run did, how long each stage took, and how it ended. */

import type { RunEvent } from '../../core/event.ts'
import { goals } from '../../core/goal.ts'
import { optionsInWords } from '../../view/options-in-words.ts'
import { whySkipped } from '../../view/skipped.ts'
import { type Command, common } from '../command.ts'
import { write } from '../terminal/output.ts'
import { print, printJson, tableColumns } from '../terminal/print.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

interface RunLine {
  readonly run: string
  readonly program: string
  readonly time: number
  /** Absent while it is under way, or where it was killed. */
  readonly seconds?: number
  readonly outcome: string
  readonly ran: number
  readonly cached: number
  /** What `-p` and `--engine` gave, as one types it. */
  readonly options: string
  /** The metrics of the last stage that has one which counts. */
  readonly result?: { readonly stage: string; readonly metrics: Readonly<Record<string, number>> }
}

export const log: Command = {
  name: 'log',
  summary: 'list the runs there were, or what one of them did',
  arguments: [{ name: '[run]', description: 'the beginning of a run, as log lists them, or its last six letters' }],
  options: [common.store, common.json],
  examples: [
    ['llmpipe log', 'the runs of the store in this folder, newest last'],
    ['llmpipe log 20261124-1415', 'what that run did: which stages ran, why, how long'],
  ],
  async run([name], options) {
    const { storeFor } = await import('../program/store-folder.ts')
    const { eventsOf, runNamed, runsIn } = await import('../../run/log/past-runs.ts')
    const { root } = storeFor(options)
    if (name !== undefined) {
      const run = runNamed(root, name)
      if (run === undefined) throw new Refusal(`there is no one run "${name}"`, 'llmpipe log lists them.')
      return one(run, eventsOf(root, run)!, options.json === true)
    }
    const lines = runsIn(root).flatMap((run) => lineOf(run, eventsOf(root, run) ?? []) ?? [])
    if (options.json) printJson(lines)
    else if (lines.length === 0) write(`${root} knows of no run\n`)
    else await list(lines)
    return exit.done
  },
}

/** A run in a line; nothing where it wrote nothing. */
function lineOf(run: string, events: readonly RunEvent[]): RunLine | undefined {
  const begun = events.find((event) => event.event === 'run-started')
  if (begun?.event !== 'run-started') return undefined
  const end = events.find((event) => event.event === 'run-finished')
  const count = (what: RunEvent['event']) => events.filter(({ event }) => event === what).length
  const result = resultOf(events)
  const base = {
    run,
    program: begun.program,
    options: optionsInWords({ params: begun.params ?? {}, engine: begun.engine }),
    time: begun.time,
    ran: count('finished'),
    cached: count('cached'),
    ...(result === undefined ? {} : { result }),
  }
  if (end?.event !== 'run-finished') return { ...base, outcome: 'not over, or killed' }
  const outcome =
    end.failed > 0 ? `${end.failed} failed` : end.interrupted > 0 ? 'interrupted' : end.skipped > 0 ? 'stopped' : 'done'
  return { ...base, seconds: end.seconds, outcome }
}

/** The metrics that count of the last stage that has some, in the order in which stages came to an end. */
function resultOf(events: readonly RunEvent[]): RunLine['result'] {
  const checks = new Set(
    events.flatMap((event) => (event.event === 'planned' && event.kind === 'expect' ? [event.id] : [])),
  )
  for (const event of events.toReversed()) {
    if ((event.event !== 'finished' && event.event !== 'cached') || checks.has(event.id)) continue
    const metrics = event.report?.metrics ?? {}
    if (Object.keys(goals).some((name) => Object.hasOwn(metrics, name))) return { stage: event.stage, metrics }
  }
  return undefined
}

/** `base valid_loss 4.102`: the metric that counts most. */
function resultInWords({ result }: RunLine, scalar: (value: number) => string): string {
  if (result === undefined) return ''
  const name = Object.keys(goals).find((each) => Object.hasOwn(result.metrics, each)) ?? ''
  return `${result.stage} ${name} ${scalar(result.metrics[name] ?? Number.NaN)}`
}

async function list(lines: readonly RunLine[]): Promise<void> {
  const { duration, scalar } = await import('../../view/format.ts')
  const { table } = await import('../../view/table.ts')
  const heads = [
    { title: 'RUN', tone: 'bold' as const },
    { title: 'PROGRAM', most: 48 },
    { title: 'BEGUN' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'RAN', align: 'right' as const },
    { title: 'CACHED', align: 'right' as const },
    { title: '' },
    { title: 'GAVE' },
  ]
  const rows = lines.map((line) => [
    line.run,
    line.options === '' ? line.program : `${line.program} ${line.options}`,
    new Date(line.time).toISOString().slice(0, 16).replace('T', ' '),
    line.seconds === undefined ? '' : duration(line.seconds),
    `${line.ran}`,
    `${line.cached}`,
    line.outcome,
    resultInWords(line, scalar),
  ])
  print(table(heads, rows, tableColumns(80)))
}

interface StageLine {
  readonly stage: string
  outcome: string
  seconds?: number
  reason?: string
  summary?: string
  digest?: string
  metrics?: Readonly<Record<string, number>>
}

/** What a run did, stage by stage. */
async function one(run: string, events: readonly RunEvent[], json: boolean): Promise<number> {
  const stages = new Map<string, StageLine>()
  for (const event of events) {
    if (event.event === 'planned') stages.set(event.id, { stage: event.stage, outcome: 'waiting' })
    if (!('id' in event)) continue
    const line = stages.get(event.id)
    if (line === undefined) continue
    if (event.event === 'started') Object.assign(line, { outcome: 'running', reason: event.reason })
    if (event.event === 'skipped') Object.assign(line, { outcome: 'skipped', summary: whySkipped(event) })
    if (event.event === 'interrupted') line.outcome = 'interrupted'
    if (event.event === 'failed')
      Object.assign(line, { outcome: 'failed', seconds: event.seconds, summary: event.error.message })
    if (event.event === 'cached' || event.event === 'finished') {
      const seconds = event.event === 'finished' ? event.seconds : undefined
      const { digest, report } = event
      Object.assign(line, { outcome: event.event, seconds, digest, summary: report?.summary, metrics: report?.metrics })
    }
  }
  const lines = [...stages.values()]
  if (json) {
    printJson({ run, stages: lines })
    return exit.done
  }
  const begun = events.find((event) => event.event === 'run-started')
  if (begun?.event === 'run-started') {
    const asked = optionsInWords({ params: begun.params ?? {}, engine: begun.engine })
    print([[{ text: `${begun.program}${asked === '' ? '' : ` ${asked}`}`, tone: 'bold' }], []])
  }
  const { duration, scalar } = await import('../../view/format.ts')
  const { table } = await import('../../view/table.ts')
  const heads = [
    { title: 'STAGE', tone: 'bold' as const, most: 40 },
    { title: 'OUTCOME' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'WHAT CAME OF IT', most: 60 },
    { title: 'METRICS', most: 48 },
    { title: 'WHY IT RAN' },
  ]
  const rows = lines.map(({ stage, outcome, seconds, summary, metrics, reason }) => [
    stage,
    outcome,
    seconds === undefined ? '' : duration(seconds),
    summary ?? '',
    Object.entries(metrics ?? {})
      .map(([name, value]) => `${name} ${scalar(value)}`)
      .join(', '),
    reason ?? '',
  ])
  print(table(heads, rows, tableColumns(100)))
  return exit.done
}
