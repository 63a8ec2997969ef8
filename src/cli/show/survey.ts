/** The lengths of documents, and tables of the values of their fields: languages, hosts, sources. */

import type { FieldSurvey, Survey } from '../../data/survey.ts'
import { bar } from '../../view/charts/bar.ts'
import { histogramLines } from '../../view/charts/histogram.ts'
import { bytes, count, plural, share } from '../../view/format.ts'
import { cut, cutLine, fitTo, type Line, seg, width } from '../../view/line.ts'

/** How many tables, and how many rows of each, are shown unless everything is. */
const [fewTables, fewRows] = [3, 6]

export interface SurveyOptions {
  readonly width: number
  readonly isWhole: boolean
}

export function surveyLines(survey: Survey, { width: columns, isWhole }: SurveyOptions): Line[] {
  const { documents, lengths, total, read } = survey
  if (documents === 0) return []
  const { least, mean, most, histogram } = lengths
  const part =
    read < total ? `, from ${bytes(read)} of ${bytes(total)} in blocks at equal distances; --all reads all of it` : ''
  const head: Line = [
    seg('length', 'bold'),
    seg(`  least ${bytes(least)}, mean ${bytes(mean)}, most ${bytes(most)}`),
    seg(`  ${plural(documents, 'documents')}${part}`, 'dim'),
  ]
  const bars = histogramLines(histogram, { width: columns - 2, height: 3 }).map((line) => [seg('  '), ...line])
  const tables = survey.fields
    .filter((field) => field.values !== undefined && (isWhole || field.different !== 1 || rankOf(field) === 0))
    .sort((a, b) => rankOf(a) - rankOf(b))
    .slice(0, isWhole ? undefined : fewTables)
    .map((field) => fieldLines(field, documents, columns, isWhole ? 20 : fewRows))
  return [cutLine(head, columns), ...bars, ...tables.flatMap((lines) => [[], ...lines])]
}

/** Languages come first, and then what tells where documents are from. */
function rankOf({ name }: FieldSurvey): number {
  if (/^lang(uage)?$/i.test(name)) return 0
  return /host$|source|domain|dataset|subset|corpus|category|label|file/i.test(name) ? 1 : 2
}

function fieldLines(
  { name, values = [], different = 0, documents }: FieldSurvey,
  all: number,
  columns: number,
  rows: number,
): Line[] {
  const shown = values.slice(0, rows)
  const named = Math.min(Math.max(...shown.map(([value]) => width(value))), Math.max(12, columns - 34))
  const room = Math.min(20, columns - named - 2 - 18)
  const most = shown[0]?.[1] ?? 1
  const lacking = all - documents
  const rest = shown.reduce((sum, [, times]) => sum - times, documents)
  return [
    [
      seg(name, 'bold'),
      seg(
        `  ${plural(different, 'different values')}${lacking === 0 ? '' : `, ${plural(lacking, 'documents')} without it`}`,
        'dim',
      ),
    ],
    ...shown.map(
      ([value, times]): Line => [
        seg('  '),
        seg(fitTo(cut(value, named), named)),
        seg(`  ${count(times).padStart(8)}  ${share(times, all).padStart(6)} `),
        seg(room < 4 ? '' : bar(times / most, room).full, 'first'),
      ],
    ),
    ...(different > shown.length
      ? [[seg(`  … ${plural(different - shown.length, 'more values')} in ${plural(rest, 'documents')}`, 'dim')]]
      : []),
  ]
}
