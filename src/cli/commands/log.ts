/** `llmpipe log [RUN]`: the runs there were; what a run did, how long each stage took, and how it ended. */

import type { RunEvent } from '../../core/event.ts'
import { type Command, common } from '../command.ts'
import { write } from '../output.ts'
import { print, printJson, tableColumns } from '../print.ts'
import { exit, Refusal } from '../refusal.ts'

interface RunLine {
  readonly run: string
  readonly program: string
  readonly time: number
  /** Absent while it is under way, or where it was killed. */
  readonly seconds?: number
  readonly outcome: string
  readonly ran: number
  readonly cached: number
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
    const { storeFor } = await import('../store-folder.ts')
    const { eventsOf, runNamed, runsIn } = await import('../../run/past-runs.ts')
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
  const base = { run, program: begun.program, time: begun.time, ran: count('finished'), cached: count('cached') }
  if (end?.event !== 'run-finished') return { ...base, outcome: 'not over, or killed' }
  const outcome =
    end.failed > 0 ? `${end.failed} failed` : end.interrupted > 0 ? 'interrupted' : end.skipped > 0 ? 'stopped' : 'done'
  return { ...base, seconds: end.seconds, outcome }
}

async function list(lines: readonly RunLine[]): Promise<void> {
  const { duration } = await import('../../view/format.ts')
  const { table } = await import('../../view/table.ts')
  const heads = [
    { title: 'RUN', tone: 'bold' as const },
    { title: 'PROGRAM' },
    { title: 'BEGUN' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'RAN', align: 'right' as const },
    { title: 'CACHED', align: 'right' as const },
    { title: '' },
  ]
  const rows = lines.map(({ run, program, time, seconds, ran, cached, outcome }) => [
    run,
    program,
    new Date(time).toISOString().slice(0, 19).replace('T', ' '),
    seconds === undefined ? '' : duration(seconds),
    `${ran}`,
    `${cached}`,
    outcome,
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
    if (event.event === 'skipped') Object.assign(line, { outcome: 'skipped', summary: `it needs ${event.because}` })
    if (event.event === 'interrupted') line.outcome = 'interrupted'
    if (event.event === 'failed')
      Object.assign(line, { outcome: 'failed', seconds: event.seconds, summary: event.error.message })
    if (event.event === 'cached' || event.event === 'finished') {
      const seconds = event.event === 'finished' ? event.seconds : undefined
      const { digest, report } = event
      Object.assign(line, { outcome: event.event, seconds, digest, summary: report?.summary })
    }
  }
  const lines = [...stages.values()]
  if (json) {
    printJson({ run, stages: lines })
    return exit.done
  }
  const { duration } = await import('../../view/format.ts')
  const { table } = await import('../../view/table.ts')
  const heads = [
    { title: 'STAGE', tone: 'bold' as const, most: 40 },
    { title: 'OUTCOME' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'WHAT CAME OF IT', most: 60 },
    { title: 'WHY IT RAN' },
  ]
  const rows = lines.map(({ stage, outcome, seconds, summary, reason }) => [
    stage,
    outcome,
    seconds === undefined ? '' : duration(seconds),
    summary ?? '',
    reason ?? '',
  ])
  print(table(heads, rows, tableColumns(100)))
  return exit.done
}
