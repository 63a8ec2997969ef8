/** The end of a run as lines: its results, how many stages ran, and what failed. */

import type { RunFinishedEvent } from '../core/event.ts'
import { quoted } from '../core/values/shell-word.ts'
import { helpLines, messageLines } from './failure.ts'
import { count, duration, scalar, shortDigest } from './format.ts'
import { type Line, seg } from './line.ts'
import type { RunView, StageView } from './log/fold.ts'
import { tallyInWords } from './remote-words.ts'
import { detailLines, namedMetrics, otherMetrics, showsMetrics } from './report-detail.ts'
import { type Contender, metricToSortBy, ranked, variantTable } from './variants.ts'

export interface EndOptions {
  /** Names or ids of the stages to show. */
  readonly results: readonly string[]
  /** The option that names the store on a command line, `--store FOLDER`; empty if the commands find the store without it. */
  readonly storeOption: string
}

/** The results of a run, the counts of its stages, and why stages failed, the root cause last. */
export function endLines(view: RunView, { results, storeOption }: EndOptions): Line[] {
  const stages = [...view.stages.values()]
  const named = new Map(stages.map((stage) => [stage.name, stage]))
  const shown = results.flatMap((name) => view.stages.get(name) ?? named.get(name) ?? [])
  const failed = stages.filter(({ state }) => state === 'failed')
  const goingOn = stages.filter(({ goesOnIn }) => goesOnIn !== undefined).length
  const blocks = [
    ...resultBlocks(shown, view, storeOption),
    ...(view.finished === undefined
      ? []
      : [[countLine(view.finished, goingOn), ...goingOnLines(goingOn, storeOption)]]),
    ...failed.map((stage) => failureLines(stage, view.program)),
  ]
  return blocks.flatMap((block): Line[] => [[], ...block])
}

/** A block for each stage that has an output, and one for all variants of a stage. */
function resultBlocks(shown: readonly StageView[], view: RunView, storeOption: string): Line[][] {
  const groups = new Map<string, StageView[]>()
  for (const stage of shown) {
    const name = stage.variant === undefined ? `stage ${stage.id}` : `variants of ${stage.variant.of}`
    groups.set(name, [...(groups.get(name) ?? []), stage])
  }
  return [...groups.values()].flatMap((group) => {
    if (group.length > 1) return [siblingLines(group)]
    return group.filter(({ digest }) => digest !== undefined).map((stage) => resultLines(stage, view, storeOption))
  })
}

/** `3 ran, 2 cached, 1 failed in 12s`. `goingOn`: how many of the stages that the run was interrupted in go on as jobs of a cluster. */
function countLine(
  { ran, cached, failed, skipped, interrupted, seconds, remote }: RunFinishedEvent,
  goingOn: number,
): Line {
  const parts = [
    `${count(ran)} ran`,
    `${count(cached)} cached`,
    ...(failed ? [`${count(failed)} failed`] : []),
    ...(skipped ? [`${count(skipped)} skipped`] : []),
    ...(interrupted > goingOn ? [`${count(interrupted - goingOn)} interrupted`] : []),
    ...(goingOn > 0 ? [`${count(goingOn)} ${goingOn === 1 ? 'goes' : 'go'} on`] : []),
  ]
  const shared = remote === undefined ? '' : tallyInWords(remote)
  return [
    seg(parts.join(', '), failed ? 'bad' : 'good'),
    seg(` in ${duration(seconds)}`, 'dim'),
    ...(shared === '' ? [] : [seg(`; remote cache: ${shared}`, 'dim')]),
  ]
}

/** The commands for stages that go on as jobs of a cluster after the run has ended; no line if there are none. */
function goingOnLines(goingOn: number, storeOption: string): Line[] {
  if (goingOn === 0) return []
  const option = storeOption === '' ? '' : ` ${storeOption}`
  const words = `llmpipe attach${option} shows the jobs that go on, llmpipe stop${option} ends them; run again to start the stages after them`
  return [[seg(words, 'dim')]]
}

/** The variants of a stage as one table, the best first. */
function siblingLines(stages: readonly StageView[]): Line[] {
  const contenders = stages.map((stage): Contender => {
    const { name, variant, report, seconds, state, error, because, goesOnIn } = stage
    const reason = error?.message ?? because
    const note = goesOnIn === undefined ? state : `goes on in slurm job ${goesOnIn}`
    return {
      name,
      of: variant?.of ?? name,
      values: variant?.values ?? {},
      metrics: namedMetrics(report),
      ...(seconds === undefined ? {} : { seconds }),
      note: reason === undefined ? note : `${note}: ${reason}`,
      points: [],
    }
  })
  const by = metricToSortBy(contenders)
  const title: Line = [seg(stages[0]?.variant?.of ?? '', 'bold'), seg(`  ${count(stages.length)} variants`, 'dim')]
  const rows = variantTable(ranked(contenders, by), { width: 108, by })
  return [title, ...rows.map((line): Line => [seg('  '), ...line])]
}

function resultLines(stage: StageView, view: RunView, storeOption: string): Line[] {
  const metrics = otherMetrics(stage.report)
  const names: Readonly<Record<string, string>> = {
    valid_loss: 'held-out loss',
    train_loss: 'training loss',
    bits_per_byte: 'bits per byte',
  }
  const label = (name: string) => names[name] ?? name.replaceAll('_', ' ')
  const wide = Math.max(14, ...metrics.map(([name]) => label(name).length))
  const { summary, detail } = stage.report ?? {}
  const tabled = showsMetrics(detail)
  return [
    [seg(stage.name, 'bold'), ...(summary && !tabled ? [seg(`  ${summary}`, 'dim')] : [])],
    ...metrics.map(([name, value]): Line => [seg(`  ${label(name).padEnd(wide)} `, 'dim'), seg(scalar(value))]),
    ...detailLines(detail, { width: 110, lines: 2 }).map(
      (each): Line => (each.length === 0 ? each : [seg('  '), ...each]),
    ),
    howToShow(stage, view, storeOption),
  ]
}

/** The command that shows an artefact, and its digest. */
function howToShow(stage: StageView, { program, options }: RunView, storeOption: string): Line {
  const words = ['llmpipe show', quoted(program), quoted(stage.name), options, storeOption].filter(
    (each) => each !== '',
  )
  return [seg('  look          ', 'dim'), seg(words.join(' ')), seg(`  (${shortDigest(stage.digest!)})`, 'dim')]
}

function failureLines(stage: StageView, program: string): Line[] {
  const error = stage.error!
  return [
    ...messageLines(error, 'bold'),
    [seg(`  --> ${stage.file ?? program}:${stage.line}  ${stage.name}`, 'dim')],
    ...(error.detail ? error.detail.split('\n').map((text): Line => [seg('  | ', 'dim'), seg(text)]) : []),
    ...helpLines(error),
  ]
}
