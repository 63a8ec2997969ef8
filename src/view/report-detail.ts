/** The details of a report as lines: one drawing for every part that a detail can have. */

import {
  type CalibrationBin,
  type DetailParts,
  type Distribution,
  partsOfDetail,
  type ReportDetail,
} from '../core/report.ts'
import { type ComparisonOptions, comparisonLines } from './comparison.ts'
import { count, percent, scalar } from './format.ts'
import { cutLine, type Line, seg } from './line.ts'
import { rankingLines } from './ranking.ts'
import { table } from './table.ts'

interface Drawing<Part> {
  readonly lines: (part: Part, options: ComparisonOptions) => readonly Line[]
  /** The lines hold the metrics of the report too, so that nobody needs to list them. */
  readonly showsMetrics?: true
}

const drawings: { readonly [K in keyof DetailParts]: Drawing<DetailParts[K]> } = {
  comparison: { lines: comparisonLines, showsMetrics: true },
  ranking: { lines: (ranking, { width }) => rankingLines(ranking, width), showsMetrics: true },
  sample: {
    lines: ({ prompt, text }) => [
      [seg('it writes', 'dim')],
      ...`${prompt}${text}`
        .trim()
        .split('\n')
        .map((each): Line => [seg('  '), seg(each, 'accent')]),
    ],
  },
  calibration: { lines: (bins, { width }) => calibrationLines(bins, width) },
  scores: { lines: (scores) => [distributionLine('scores', scores)] },
  margins: { lines: (margins) => [distributionLine('margins', margins)] },
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

/** Whether the lines of `detail` hold the metrics of the report. */
export function showsMetrics(detail: ReportDetail | undefined): boolean {
  const parts = partsOfDetail(detail)
  return names.some((name) => parts[name] !== undefined && drawings[name].showsMetrics)
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

/** `margins  mean 0.41, 90% between -0.22 and 1.30`. */
function distributionLine(name: string, { mean, quantiles }: Distribution): Line {
  const [low, high] = [quantiles[0], quantiles.at(-1)]
  const spread = low === undefined || high === undefined ? '' : `, 90% between ${scalar(low)} and ${scalar(high)}`
  return [seg(`${name.padEnd(9)}`, 'dim'), seg(`mean ${scalar(mean)}${spread}`)]
}
