/** A ledger for people: where the documents of a data stage went. */

import type { Ledger } from '../core/ledger.ts'
import { bar } from './bar.ts'
import { bytes, count, plural, share } from './format.ts'
import { cut, cutLine, fitTo, type Line, seg, width } from './line.ts'

export interface LedgerOptions {
  readonly width: number
  /** At most so many lines; the rules that dropped least give way first. */
  readonly height?: number
  /** At most this many of the documents that each rule dropped, and of the lines that could not be read. */
  readonly samples?: number
}

export function ledgerLines(ledger: Ledger, options: LedgerOptions): Line[] {
  const lines: Line[] = [flow(ledger)]
  const dropped = ledger.dropped.filter((d) => d.documents > 0)
  const named = Math.min(Math.max(0, ...dropped.map((d) => width(d.rule))), Math.max(12, options.width - 34))
  const most = Math.max(1, ...dropped.map((d) => d.documents))
  const room = options.width - named - 4 - 18
  for (const rule of [...dropped].sort((a, b) => b.documents - a.documents)) {
    const drawn = room >= 6 ? bar(rule.documents / most, Math.min(room, 20)).full : ''
    lines.push(
      cutLine(
        [
          seg('  − ', 'bad'),
          seg(fitTo(rule.rule, named)),
          seg(`  ${count(rule.documents).padStart(8)}  ${share(rule.documents, ledger.in.documents).padStart(6)} `),
          seg(drawn, 'dim'),
        ],
        options.width,
      ),
    )
    for (const sample of rule.samples.slice(0, options.samples ?? 0)) {
      const value = sample.value === undefined ? '' : `${sample.value}  `
      lines.push([
        seg(`      ${value}`, 'accent'),
        seg(cut(sample.text.trim(), options.width - 6 - width(value)), 'dim'),
      ])
    }
  }
  for (const { step, documents, note } of ledger.changed) {
    if (documents === 0) continue
    const words = note === undefined ? '' : ` (${note})`
    lines.push(
      cutLine([seg('  ~ ', 'warn'), seg(`${step} changed ${plural(documents, 'documents')}${words}`)], options.width),
    )
  }
  for (const { step, documents } of ledger.truncated) {
    if (documents === 0) continue
    lines.push(
      cutLine([seg('  ✂ ', 'warn'), seg(`${step} cut ${plural(documents, 'documents')} short`)], options.width),
    )
  }
  lines.push(...malformed(ledger, options))
  return options.height === undefined ? lines : fold(lines, options.height)
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
  const lines: Line[] = [[seg('  ! ', 'warn'), seg(`${plural(lost, 'lines')} could not be read`)]]
  const shown = samples.slice(0, Math.max(1, options.samples ?? 1))
  for (const { file, line, message } of shown) {
    lines.push(cutLine([seg(`      ${file}:${line}`, 'accent'), seg(` ${message}`, 'dim')], options.width))
  }
  const more = moreLines(lost, samples.length, shown.length)
  if (more !== '') lines.push([seg(`      ${more}`, 'dim')])
  return lines
}

/** How many unreadable lines are not shown: the ledger keeps only the first few of them. */
function moreLines(lost: number, kept: number, shown: number): string {
  const parts = [
    ...(kept > shown ? [`${count(kept - shown)} more with --all`] : []),
    ...(lost > kept ? [`${count(lost - kept)} more that the ledger only counts`] : []),
  ]
  return parts.length === 0 ? '' : `… and ${parts.join(', ')}`
}

function fold(lines: readonly Line[], height: number): Line[] {
  if (lines.length <= height) return [...lines]
  if (height <= 1) return lines.slice(0, Math.max(0, height))
  return [...lines.slice(0, height - 1), [seg(`  … and ${lines.length - height + 1} more`, 'dim')]]
}
