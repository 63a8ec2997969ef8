/** `llmpipe log [RUN]`: past runs, or the stages of one run with their outcomes, times and reasons. */

import type { RunEvent } from '../../../core/event.ts'
import { goals } from '../../../core/kind/goal.ts'
import type { RunLife } from '../../../run/log/past-runs.ts'
import { foldAll } from '../../../view/log/fold.ts'
import { inOrder, outcomeInWords, type RunSummary, summaryOf } from '../../../view/log/summary.ts'
import { defineCommand } from '../../command.ts'
import { json, storeOption } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { print, printJson, tableColumns } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const log = defineCommand({
  name: 'log',
  summary: 'list past runs, or the stages of one run',
  arguments: [{ name: '[run]', description: 'the beginning of a run, as log lists them, or its last six letters' }],
  options: { store: storeOption, json },
  examples: [
    ['llmpipe log', 'the runs of the store in this folder, newest last'],
    ['llmpipe log 20261124-1415', 'the stages of that run: which ran, why, and how long'],
  ],
  async run([name], options) {
    const { storeFor } = await import('../../program/store-folder.ts')
    const { eventsOf, lifeOf, runNamed, runsIn } = await import('../../../run/log/past-runs.ts')
    const { root } = storeFor(options)
    if (name !== undefined) {
      const run = runNamed(root, name)
      if (run === undefined && name.endsWith('.llmpipe'))
        throw new Refusal(
          `${name} is a program, and log takes a run`,
          'Without a run, llmpipe log lists those of all programs.',
        )
      if (run === undefined) throw new Refusal(`"${name}" does not name exactly one run`, 'llmpipe log lists the runs.')
      const events = eventsOf(root, run)!
      return one(run, summaryOf(foldAll(events), lifeOf(root, events)), options.json)
    }
    const summaries = runsIn(root).flatMap((run) => {
      const events = eventsOf(root, run) ?? []
      return summaryOfLog(events, lifeOf(root, events)) ?? []
    })
    const lines = inOrder(summaries)
    if (options.json) printJson(lines.map(jsonOf))
    else if (lines.length === 0) write(`${root} has no runs\n`)
    else await list(lines)
    return exit.done
  },
})

/** The summary of a run; `undefined` if its log has no beginning. */
function summaryOfLog(events: readonly RunEvent[], life: RunLife): RunSummary | undefined {
  return events.some(({ event }) => event === 'run-started') ? summaryOf(foldAll(events), life) : undefined
}

/** The fields of a run for `--json`. */
function jsonOf(summary: RunSummary): object {
  const { run, program, options, startedAt, ran, cached, result, seconds } = summary
  return { run, program, options, time: startedAt, ran, cached, result, seconds, outcome: outcomeInWords(summary) }
}

/** `base valid_loss 4.102`: the metric that counts most. */
function resultInWords({ result }: RunSummary, scalar: (value: number) => string): string {
  if (result === undefined) return ''
  const name = Object.keys(goals).find((each) => Object.hasOwn(result.metrics, each)) ?? ''
  return `${result.stage} ${name} ${scalar(result.metrics[name] ?? Number.NaN)}`
}

async function list(lines: readonly RunSummary[]): Promise<void> {
  const { duration, scalar } = await import('../../../view/format.ts')
  const { table } = await import('../../../view/table.ts')
  const { dateTime } = await import('../../terminal/dates.ts')
  const heads = [
    { title: 'RUN', tone: 'bold' as const },
    { title: 'PROGRAM', most: 48 },
    { title: 'STARTED' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'RAN', align: 'right' as const },
    { title: 'CACHED', align: 'right' as const },
    { title: '' },
    { title: 'RESULT' },
  ]
  const rows = lines.map((line) => [
    line.run,
    line.options === '' ? line.program : `${line.program} ${line.options}`,
    dateTime(line.startedAt),
    line.seconds === undefined ? '' : duration(line.seconds),
    `${line.ran}`,
    `${line.cached}`,
    outcomeInWords(line),
    resultInWords(line, scalar),
  ])
  print(table(heads, rows, tableColumns(80)))
}

/** Prints what a run did, stage by stage. */
async function one(run: string, { program, options, stages }: RunSummary, json: boolean): Promise<number> {
  const lines = [...stages.values()]
  if (json) {
    printJson({ run, stages: lines.map(({ key: _, ...line }) => line) })
    return exit.done
  }
  if (program !== '') print([[{ text: `${program}${options === '' ? '' : ` ${options}`}`, tone: 'bold' }], []])
  const { duration, scalar } = await import('../../../view/format.ts')
  const { table } = await import('../../../view/table.ts')
  const heads = [
    { title: 'STAGE', tone: 'bold' as const, most: 40 },
    { title: 'OUTCOME' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'RESULT', most: 60 },
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
