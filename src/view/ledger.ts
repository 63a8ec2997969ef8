/** A ledger as lines: where the documents of a data stage went. */

import type { DroppedSample, Ledger } from '../core/ledger.ts'
import { bar } from './charts/bar.ts'
import { bytes, count, plural, share } from './format.ts'
import { cut, cutLine, fitTo, type Line, seg, width } from './line.ts'
import { twinLines } from './twins.ts'

export interface LedgerOptions {
  readonly width: number
  /** The maximum number of lines; the rules that dropped least give way first. */
  readonly height?: number
  /** At most this many of the documents that each rule dropped, and of those that could not be read. */
  readonly samples?: number
}

/** The flow of documents, then the rules by how many they dropped, the changes, and what could not be read. */
export function ledgerLines(ledger: Ledger, options: LedgerOptions): Line[] {
  const lines = [
    flow(ledger),
    ...dropped(ledger, options),
    ...ledger.changed.flatMap(({ step, documents, note, samples = [] }) => [
      ...noteLine(
        '  ~ ',
        documents,
        `${step} changed ${plural(documents, 'documents')}${note === undefined ? '' : ` (${note})`}`,
      ),
      ...samples.slice(0, options.samples ?? 0).flatMap((sample) => sampleLines(sample, options.width)),
    ]),
    ...ledger.truncated.flatMap(({ step, documents }) =>
      noteLine('  ✂ ', documents, `${step} cut ${plural(documents, 'documents')} short`),
    ),
    ...malformed(ledger, options),
  ].map((line) => cutLine(line, options.width))
  return options.height === undefined ? lines : shortened(lines, options.height)
}

function dropped(ledger: Ledger, { width: columns, samples = 0 }: LedgerOptions): Line[] {
  const rules = ledger.dropped.filter(({ documents }) => documents > 0).sort((a, b) => b.documents - a.documents)
  const named = Math.min(Math.max(0, ...rules.map(({ rule }) => width(rule))), Math.max(12, columns - 34))
  const room = columns - named - 4 - 19
  return rules.flatMap(({ rule, documents, samples: kept }): Line[] => [
    [
      seg('  − ', 'bad'),
      seg(fitTo(rule, named)),
      seg(`  ${count(documents).padStart(8)}  ${share(documents, ledger.in.documents).padStart(6)} `),
      seg(room < 6 ? '' : bar(documents / rules[0]!.documents, Math.min(room, 20)).full, 'dim'),
    ],
    ...kept.slice(0, samples).flatMap((sample) => sampleLines(sample, columns)),
  ])
}

/** A dropped document or a removed stretch of one: the values that the rule saw and the beginning of its text, or a copy beside the document that stayed. */
function sampleLines(sample: DroppedSample, columns: number): Line[] {
  if (sample.twin !== undefined)
    return twinLines(sample, sample.twin, columns - 6).map((line) => [seg('      '), ...line])
  const value = sample.value === undefined ? '' : `${sample.value}  `
  return [[seg(`      ${value}`, 'accent'), seg(cut(sample.text.trim(), columns - 6 - width(value)), 'dim')]]
}

/** No line if it is about no documents. */
function noteLine(mark: string, documents: number, text: string): Line[] {
  return documents === 0 ? [] : [[seg(mark, 'warn'), seg(text)]]
}

function flow(ledger: Ledger): Line {
  const kept = ledger.in.documents === 0 ? '' : `  ${share(ledger.out.documents, ledger.in.documents)} kept`
  return [
    seg(`${plural(ledger.in.documents, 'documents')} in`, 'bold'),
    seg(` (${bytes(ledger.in.bytes)})`, 'dim'),
    seg('  →  '),
    seg(`${count(ledger.out.documents)} out`, 'bold'),
    seg(` (${bytes(ledger.out.bytes)})`, 'dim'),
    seg(kept, 'good'),
  ]
}

function malformed(ledger: Ledger, options: LedgerOptions): Line[] {
  const { count: lost, samples } = ledger.malformed
  if (lost === 0) return []
  const lines: Line[] = [[seg('  ! ', 'warn'), seg(`${plural(lost, 'documents')} could not be read`)]]
  const shown = samples.slice(0, Math.max(1, options.samples ?? 1))
  for (const { file, line, message } of shown) {
    lines.push(cutLine([seg(`      ${file}:${line}`, 'accent'), seg(` ${message}`, 'dim')], options.width))
  }
  const more = moreLines(lost, samples.length, shown.length)
  if (more !== '') lines.push([seg(`      ${more}`, 'dim')])
  return lines
}

/** How many unreadable documents are not shown: the ledger keeps only the first few of them. */
function moreLines(lost: number, kept: number, shown: number): string {
  const parts = [
    ...(kept > shown ? [`${count(kept - shown)} more with --all`] : []),
    ...(lost > kept ? [`${count(lost - kept)} more that the ledger only counts`] : []),
  ]
  return parts.length === 0 ? '' : `… and ${parts.join(', ')}`
}

function shortened(lines: readonly Line[], height: number): Line[] {
  if (lines.length <= height) return [...lines]
  if (height <= 1) return lines.slice(0, Math.max(0, height))
  return [...lines.slice(0, height - 1), [seg(`  … and ${lines.length - height + 1} more`, 'dim')]]
}
