/**
 * How much of the texts to measure on was learned, as lines: a table of the sources, and the first texts that were found.
 *
 *     learned from  contaminated  8-grams  13-grams  texts with 13
 *     train             2 of 120     3.0%      2.0%           3.3%
 *
 * 8-grams and 13-grams: the share of words in n-grams that were learned. Texts with 13: the share of texts with such a 13-gram.
 */

import type { LearnedSource, Overlap } from '../core/report.ts'
import { count, percent, share } from './format.ts'
import { cut, type Line, seg } from './line.ts'
import { table } from './table.ts'

export function overlapLines({ all, sources, examples, unknown }: Overlap, width: number): Line[] {
  const heads = [
    { title: 'learned from', tone: 'bold' as const, most: 40 },
    ...['contaminated', '8-grams', '13-grams', 'texts with 13'].map((title) => ({
      title,
      align: 'right' as const,
    })),
  ]
  const row = (source: LearnedSource) => [
    source.name,
    `${count(source.contaminated)} of ${count(source.texts)}`,
    share(source.covered, 1),
    share(source.coveredLong, 1),
    share(source.shared, source.texts),
  ]
  const rows = [...sources.map(row), ...(sources.length > 1 ? [row({ ...all, name: 'together' })] : [])]
  const found = examples.flatMap(({ id, text, covered, twin }): Line[] => [
    [],
    [seg(cut(id, width - 12)), seg(`  ${percent(covered)}`, 'bad')],
    [seg('  measured ', 'dim'), seg(oneLine(text))],
    ...(twin === undefined
      ? []
      : [[seg('  learned  ', 'dim'), seg(oneLine(twin.text)), seg(`  ${twin.source}, ${twin.id}`, 'dim')]]),
  ])
  const notes = unknown.map((what): Line => [seg(`not compared: ${what}`, 'warn')])
  return [...table(heads, rows, width), ...notes, ...found]
}

function oneLine(text: string): string {
  return cut(text.replace(/\s+/g, ' ').trim(), 120)
}
