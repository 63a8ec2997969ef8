/** `llmpipe log [RUN]`: past runs, or the stages of one run with their outcomes, times and reasons. */

import type { RunEvent } from '../../../core/event.ts'
import { goals } from '../../../core/kind/goal.ts'
import type { Standing } from '../../../run/executors/slurm/standing.ts'
import { inOrder, outcomeInWords, type RunSummary, summaryOf } from '../../../view/log/summary.ts'
import { defineCommand } from '../../command.ts'
import { json, storeOption } from '../../common-options.ts'
import { write, writeError } from '../../terminal/output.ts'
import { print, printJson, tableColumns } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const log = defineCommand({
  name: 'log',
  summary: 'list past runs, or the stages of one run',
  arguments: [
    {
      name: '[run]',
      description: 'the beginning of a run, as log lists them, or its last six letters',
      completes: 'runs',
    },
  ],
  options: { store: storeOption, json },
  examples: [
    ['llmpipe log', 'the runs of the store in this folder, newest last'],
    ['llmpipe log 20261124-1415', 'the stages of that run: which ran, why, and how long'],
  ],
  async run([name], options) {
    const { storeFor } = await import('../../program/store-folder.ts')
    const { runNamed, runsIn, streamOf } = await import('../../../run/log/past-runs.ts')
    const { pastRun } = await import('../../past-run.ts')
    const { root } = storeFor(options)
    if (name !== undefined) {
      const run = runNamed(root, name)
      if (run === undefined && name.endsWith('.llmpipe'))
        throw new Refusal(
          `${name} is a program, and log takes a run`,
          'Without a run, llmpipe log lists those of all programs.',
        )
      if (run === undefined) throw new Refusal(`"${name}" does not name exactly one run`, 'llmpipe log lists the runs.')
      const { view, life } = pastRun(root, run)!
      const jobs = life === 'over' ? await jobsOf(root, streamOf(root, run) ?? []) : []
      return one(run, summaryOf(view, life), jobs, options.json)
    }
    const summaries = runsIn(root).flatMap((run) => {
      const { view, life, begun } = pastRun(root, run) ?? {}
      // A log without its beginning tells too little.
      return view === undefined || life === undefined || begun === undefined ? [] : [summaryOf(view, life)]
    })
    const lines = inOrder(summaries)
    if (options.json) printJson(lines.map(jsonOf))
    else if (lines.length === 0) write(`${root} has no runs\n`)
    else {
      await list(lines)
      const { jobsNote } = await import('../../jobs/standing-words.ts')
      const note = jobsNote(root)
      if (note !== '') writeError(`jobs that go on (llmpipe attach shows them):\n${note}`)
    }
    return exit.done
  },
})

/** The jobs that go on although the run that followed them has ended. */
async function jobsOf(root: string, events: Iterable<RunEvent>): Promise<readonly Standing[]> {
  const ids = new Set<string>()
  for (const event of events) if (event.event === 'queue') ids.add(event.job)
  if (ids.size === 0) return []
  const { standingJobs } = await import('../../../run/executors/slurm/standing.ts')
  return standingJobs(root).filter(({ queue }) => ids.has(queue.job))
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
async function one(
  run: string,
  { program, options, stages }: RunSummary,
  jobs: readonly Standing[],
  json: boolean,
): Promise<number> {
  const lines = [...stages.values()].map((line) => {
    const job = jobs.find(({ stage, queue }) => stage === line.stage && queue.job === line.queue?.job)
    return job === undefined ? { ...line, job } : { ...line, job, outcome: job.queue.state }
  })
  if (json) {
    printJson({ run, stages: lines.map(({ key: _, job: __, ...line }) => line) })
    return exit.done
  }
  if (program !== '') print([[{ text: `${program}${options === '' ? '' : ` ${options}`}`, tone: 'bold' }], []])
  const { duration, scalar } = await import('../../../view/format.ts')
  const { table } = await import('../../../view/table.ts')
  const { standingInWords } = await import('../../jobs/standing-words.ts')
  const { clusterUseInWords, queueInWords, totalUseInWords } = await import('../../../view/queue-words.ts')
  const heads = [
    { title: 'STAGE', tone: 'bold' as const, most: 40 },
    { title: 'OUTCOME' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'RESULT', most: 60 },
    { title: 'METRICS', most: 48 },
    { title: 'WHY IT RAN' },
    ...(lines.some(({ use, queue }) => use !== undefined || queue !== undefined) ? [{ title: 'WHERE IT RAN' }] : []),
  ]
  const rows = lines.map(({ stage, outcome, seconds, summary, metrics, reason, use, queue, job }) => [
    stage,
    outcome,
    seconds === undefined ? '' : duration(seconds),
    summary ?? '',
    Object.entries(metrics ?? {})
      .map(([name, value]) => `${name} ${scalar(value)}`)
      .join(', '),
    reason ?? '',
    ...(job !== undefined
      ? [standingInWords(job)]
      : use !== undefined
        ? [clusterUseInWords(use)]
        : queue !== undefined
          ? [queueInWords(queue, 'past')]
          : []),
  ])
  print(table(heads, rows, tableColumns(100)))
  const uses = lines.flatMap(({ use }) => use ?? [])
  if (uses.length > 0) print([[], [{ text: totalUseInWords(uses), tone: 'dim' }]])
  return exit.done
}
