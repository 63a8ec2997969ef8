/** The end of a run as lines: its results, how many stages ran, and what failed. */

import { quoted } from '../core/shell-word.ts'
import { helpLines, messageLines } from './failure.ts'
import type { RunView, StageView } from './fold.ts'
import { count, duration, scalar, shortDigest } from './format.ts'
import { type Line, seg } from './line.ts'
import { tallyInWords } from './remote-words.ts'
import { detailLines, showsMetrics } from './report-detail.ts'
import { type Contender, metricToSortBy, ranked, variantTable } from './variants.ts'

export interface EndOptions {
  /** Names or ids of the stages to show. */
  readonly results: readonly string[]
  /** The option that names the store on a command line, `--store FOLDER`; empty if the commands find the store without it. */
  readonly storeOption: string
}

/** The results of a run, the counts of its stages, and why stages failed, the root cause last. */
export function endLines(view: RunView, { results, storeOption }: EndOptions): Line[] {
  const lines: Line[] = []
  const stages = [...view.stages.values()]
  const named = new Map(stages.map((stage) => [stage.name, stage]))
  const shown = results.flatMap((name) => view.stages.get(name) ?? named.get(name) ?? [])
  const variants = new Map<string, StageView[]>()
  for (const stage of shown)
    if (stage.variant) variants.set(stage.variant.of, [...(variants.get(stage.variant.of) ?? []), stage])
  for (const stage of shown) {
    const siblings = stage.variant === undefined ? [stage] : (variants.get(stage.variant.of) ?? [stage])
    if (siblings.length > 1) {
      if (siblings[0] === stage) lines.push([], ...siblingLines(siblings))
    } else if (stage.digest !== undefined) lines.push([], ...resultLines(stage, view, storeOption))
  }
  const end = view.finished
  if (end !== undefined) {
    const parts = [
      `${count(end.ran)} ran`,
      `${count(end.cached)} cached`,
      ...(end.failed ? [`${count(end.failed)} failed`] : []),
      ...(end.skipped ? [`${count(end.skipped)} skipped`] : []),
      ...(end.interrupted ? [`${count(end.interrupted)} interrupted`] : []),
    ]
    const shared = end.remote === undefined ? '' : tallyInWords(end.remote)
    lines.push(
      [],
      [
        seg(parts.join(', '), end.failed ? 'bad' : 'good'),
        seg(` in ${duration(end.seconds)}`, 'dim'),
        ...(shared === '' ? [] : [seg(`; remote cache: ${shared}`, 'dim')]),
      ],
    )
  }
  for (const stage of stages) if (stage.state === 'failed') lines.push([], ...failureLines(stage, view.program))
  return lines
}

/** The variants of a stage as one table, the best first. */
function siblingLines(stages: readonly StageView[]): Line[] {
  const contenders = stages.map((stage): Contender => {
    const { name, variant, report, seconds, state, error, because } = stage
    const reason = error?.message ?? because
    return {
      name,
      of: variant?.of ?? name,
      values: variant?.values ?? {},
      metrics: report?.metrics ?? {},
      ...(seconds === undefined ? {} : { seconds }),
      note: reason === undefined ? state : `${state}: ${reason}`,
      points: [],
    }
  })
  const by = metricToSortBy(contenders)
  const title: Line = [seg(stages[0]?.variant?.of ?? '', 'bold'), seg(`  ${count(stages.length)} variants`, 'dim')]
  const rows = variantTable(ranked(contenders, by), { width: 108, by })
  return [title, ...rows.map((line): Line => [seg('  '), ...line])]
}

function resultLines(stage: StageView, view: RunView, storeOption: string): Line[] {
  const metrics = Object.entries(stage.report?.metrics ?? {})
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
    ...(tabled
      ? []
      : metrics.map(([name, value]): Line => [seg(`  ${label(name).padEnd(wide)} `, 'dim'), seg(scalar(value))])),
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
