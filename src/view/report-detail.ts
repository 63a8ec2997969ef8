/** The details of a report as lines: one drawing for every part that a detail can have. */

import {
  type CalibrationBin,
  type DetailParts,
  type Distribution,
  partsOfDetail,
  type ReportDetail,
  type SourceLearned,
  type StageReport,
} from '../core/report.ts'
import { type ComparisonOptions, comparisonLines } from './comparison.ts'
import { count, percent, scalar, share } from './format.ts'
import { cutLine, type Line, seg } from './line.ts'
import { overlapLines } from './overlap.ts'
import { rankingLines } from './ranking.ts'
import { table } from './table.ts'

interface Drawing<Part> {
  readonly lines: (part: Part, options: ComparisonOptions) => readonly Line[]
  /** The metrics of the report that the lines show, so that nobody needs to list them: all, or those with an index, `tokens[0]`. */
  readonly shows?: 'all metrics' | 'indexed metrics'
}

const drawings: { readonly [K in keyof DetailParts]: Drawing<DetailParts[K]> } = {
  comparison: { lines: comparisonLines, shows: 'all metrics' },
  ranking: { lines: (ranking, { width }) => rankingLines(ranking, width), shows: 'all metrics' },
  sample: {
    lines: ({ prompt, text }) => [
      [seg('it writes', 'dim')],
      ...`${prompt}${text}`
        .trim()
        .split('\n')
        .map((each): Line => [seg('  '), seg(each, 'accent')]),
    ],
  },
  sources: { lines: (sources, { width }) => sourceLines(sources, width), shows: 'indexed metrics' },
  calibration: { lines: (bins, { width }) => calibrationLines(bins, width) },
  scores: { lines: (scores) => [distributionLine('scores', scores)] },
  margins: { lines: (margins) => [distributionLine('margins', margins)] },
  overlap: { lines: (overlap, { width }) => overlapLines(overlap, width), shows: 'all metrics' },
}

/** All parts of `detail`, one below the other. */
export function detailLines(detail: ReportDetail | undefined, options: ComparisonOptions): Line[] {
  const parts = partsOfDetail(detail)
  const drawn = <K extends keyof DetailParts>(name: K): readonly Line[] => {
    const part: DetailParts[K] | undefined = parts[name]
    return part === undefined ? [] : drawings[name].lines(part, options)
  }
  return names.flatMap(drawn).map((line) => cutLine(line, options.width))
}

/** Whether the lines of `detail` show all metrics of the report. */
export function showsMetrics(detail: ReportDetail | undefined): boolean {
  return shown(detail).includes('all metrics')
}

/** The metrics of a report that the lines of its detail do not show. */
export function otherMetrics({ metrics = {}, detail }: StageReport = {}): readonly (readonly [string, number])[] {
  const here = shown(detail)
  if (here.includes('all metrics')) return []
  return Object.entries(metrics).filter(([name]) => !here.includes('indexed metrics') || !name.endsWith(']'))
}

/** The metrics of a report, those of sources with their names: `train_loss[web]` for `train_loss[0]`. */
export function namedMetrics({ metrics = {}, detail }: StageReport = {}): Readonly<Record<string, number>> {
  const { sources = [] } = partsOfDetail(detail)
  const named = (name: string) =>
    name.replace(/\[(\d+)\]$/, (whole, place: string) => {
      const source = sources[Number(place)]
      return source === undefined ? whole : `[${source.name}]`
    })
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [named(name), value]))
}

function shown(detail: ReportDetail | undefined): Drawing<never>['shows'][] {
  const parts = partsOfDetail(detail)
  return names.filter((name) => parts[name] !== undefined).map((name) => drawings[name].shows)
}

const names = Object.keys(drawings) as (keyof DetailParts)[]

/** How often a reward model is right, by how sure it is; bins without pairs are left out. */
function calibrationLines(bins: readonly CalibrationBin[], width: number): Line[] {
  const heads = ['sure', 'right', 'pairs'].map((title) => ({ title, align: 'right' as const }))
  const rows = bins
    .filter(({ pairs }) => pairs > 0)
    .map(({ confidence, accuracy, pairs }) => [percent(confidence), percent(accuracy), count(pairs)])
  return table(heads, rows, width)
}

/** The sources of a mixture as a table. */
function sourceLines(sources: readonly SourceLearned[], width: number): Line[] {
  const heads = [
    { title: 'source', tone: 'bold' as const, most: 40 },
    ...['share', 'tokens', 'epochs', 'loss'].map((title) => ({ title, align: 'right' as const })),
  ]
  const all = sources.reduce((sum, { tokens }) => sum + tokens, 0)
  const rows = sources.map(({ name, tokens, epochs, loss }) => [
    name,
    share(tokens, all),
    count(tokens),
    epochs.toFixed(2),
    loss === undefined ? '' : scalar(loss),
  ])
  return table(heads, rows, width)
}

/** `margins  mean 0.41, 90% between -0.22 and 1.30`. */
function distributionLine(name: string, { mean, quantiles }: Distribution): Line {
  const [low, high] = [quantiles[0], quantiles.at(-1)]
  const spread = low === undefined || high === undefined ? '' : `, 90% between ${scalar(low)} and ${scalar(high)}`
  return [seg(`${name.padEnd(9)}`, 'dim'), seg(`mean ${scalar(mean)}${spread}`)]
}
