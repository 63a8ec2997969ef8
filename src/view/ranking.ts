/** The models that `best` chose from, as lines: the best first. */

import type { RankingResult } from '../core/report.ts'
import { scalar } from './format.ts'
import type { Line } from './line.ts'
import { table } from './table.ts'

export function rankingLines({ by, rows }: RankingResult, width: number): Line[] {
  const heads = [{ title: 'MODEL' }, { title: by, align: 'right' as const }]
  return table(
    heads,
    rows.map(({ name, value }) => [name, scalar(value)]),
    width,
  )
}
