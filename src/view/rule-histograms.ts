/** The values that the rules of a ledger looked at, as histograms with the limits of the rules drawn in. */

import type { Ledger } from '../core/ledger.ts'
import { histogramLines } from './charts/histogram.ts'
import { count } from './format.ts'
import { cut, type Line, seg } from './line.ts'

/** `most`: at most this many histograms; those of the rules that dropped most come first. */
export function ruleHistograms(
  ledger: Ledger,
  { width: columns, most }: { readonly width: number; readonly most: number },
): Line[] {
  const rules = ledger.dropped
    .filter(({ seen, documents }) => seen !== undefined && (documents > 0 || most === Number.POSITIVE_INFINITY))
    .sort((a, b) => b.documents - a.documents)
  const drawn = rules.flatMap(({ rule, documents, seen = [] }) =>
    seen.map(({ metric, limits, bins }): Line[] => {
      const looked = bins.reduce((sum, [, , times]) => sum + times, 0)
      const head: Line = [
        seg(cut(metric, 40), 'bold'),
        seg(`  ${cut(rule, columns - 44 - metric.length)}`, 'dim'),
        seg(`  −${count(documents)} of ${count(looked)}`, documents > 0 ? 'bad' : 'dim'),
      ]
      return [
        head,
        ...histogramLines({ limits, bins }, { width: columns - 2, height: 3 }).map((line) => [seg('  '), ...line]),
      ]
    }),
  )
  return drawn.slice(0, most).flatMap((lines, i) => (i === 0 ? lines : [[], ...lines]))
}
