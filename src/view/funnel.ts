/**
 * The funnel of a program as lines: how many documents each stage and each rule leaves, from the files to the tokens.
 *
 *                                     DOCUMENTS     KEPT      TEXT
 *     pages                                  44             377 kB  ████████████████████
 *       − keep: language == "en"             −6   −13.6%  −4.21 kB
 *     english                                36    81.8%    370 kB  ████████████████▍░░░
 */

import type { Ledger } from '../core/ledger.ts'
import { bar } from './charts/bar.ts'
import { bytes, count, plural, share } from './format.ts'
import { cut, cutLine, type Line, seg, width, widthOfLine } from './line.ts'

/** A stage that reads or writes documents. */
export interface FunnelStage {
  readonly name: string
  readonly kind: string
  /** The files that it reads. */
  readonly files?: { readonly count: number; readonly bytes: number }
  /** Absent if the stage drops nothing, as `shuffle`. */
  readonly in?: Amount
  readonly out: Amount
  /** The rules that dropped documents, in their order. */
  readonly rules: readonly FunnelRule[]
  /** The number of documents that could not be read. */
  readonly unreadable: number
  /** Of a stage that encodes. */
  readonly tokens?: number
  /** More in words: `27 and 3 documents`. */
  readonly note?: string
}

/** `bytes`: of texts, in UTF-8; absent if the stage does not count them. */
export interface Amount {
  readonly documents: number
  readonly bytes?: number
}

export interface FunnelRule extends Required<Amount> {
  /** As the program writes it: `gopher_quality: words in 50..100_000`. */
  readonly rule: string
  /** The number of documents that are left after it. */
  readonly left: number
}

/** The rules of a ledger that dropped documents, each with what is left after it. */
export function rulesOf({ in: { documents }, malformed, dropped }: Ledger): FunnelRule[] {
  let left = documents - malformed.count
  return dropped.flatMap((each) => {
    left -= each.documents
    return each.documents === 0 ? [] : [{ rule: each.rule, documents: each.documents, bytes: each.bytes, left }]
  })
}

/** The widest bar, and the columns of figures with the blanks around them. */
const [widestBar, figures] = [40, 2 + 9 + 2 + 7 + 2 + 8 + 2]

/** The stages in order, each with the rules that dropped something. Bars are in the scale of the stage with the most documents. */
export function funnelLines(stages: readonly FunnelStage[], { width: columns }: { readonly width: number }): Line[] {
  const most = Math.max(1, ...stages.map((stage) => Math.max(stage.in?.documents ?? 0, stage.out.documents)))
  const names = stages.flatMap(({ name, rules }) => [width(name), ...rules.map(({ rule }) => width(rule) + 4), 22])
  const named = Math.max(
    12,
    Math.min(Math.max(0, ...names), columns - figures - Math.max(12, Math.floor(columns * 0.28))),
  )
  const room = Math.min(widestBar, columns - named - figures)

  function row(name: Line, [documents, kept, size]: readonly [string, string, string], rest: Line = []): Line {
    const cells = `  ${documents.padStart(9)}  ${kept.padStart(7)}  ${size.padStart(8)}  `
    return cutLine([...filled(name, named), seg(cells), ...rest], columns)
  }

  function stageLine({ name, in: came, out, tokens, note }: FunnelStage): Line {
    const before = came?.documents ?? out.documents
    const kept = before === out.documents ? '' : share(out.documents, before)
    const size = out.bytes === undefined ? '' : bytes(out.bytes)
    const each =
      tokens === undefined || out.bytes === undefined ? '' : `, ${(out.bytes / Math.max(1, tokens)).toFixed(2)} B each`
    const shown = note === undefined ? drawn(out.documents / most, before / most, room) : [seg(note, 'dim')]
    const rest = tokens === undefined ? shown : [seg(`→ ${plural(tokens, 'tokens')}`, 'good'), seg(each, 'dim')]
    return row([seg(name, 'bold')], [count(out.documents), kept, size], rest)
  }

  function linesOf(stage: FunnelStage): Line[] {
    const { files, in: came, rules, unreadable } = stage
    const dropped = rules.map(({ rule, documents, bytes: size }) =>
      row(
        [seg('  − ', 'bad'), seg(cut(rule, named - 4), 'dim')],
        [`−${count(documents)}`, `−${share(documents, came?.documents ?? 0)}`, `−${bytes(size)}`],
      ),
    )
    return [
      ...(files === undefined ? [] : [row([seg(plural(files.count, 'files'), 'dim')], ['', '', bytes(files.bytes)])]),
      ...(unreadable === 0
        ? []
        : [row([seg('  ! ', 'warn'), seg('could not be read')], [`−${count(unreadable)}`, '', ''])]),
      ...dropped,
      stageLine(stage),
    ]
  }

  const head = row([], ['DOCUMENTS', 'KEPT', 'TEXT']).map((segment) => ({ ...segment, tone: 'dim' as const }))
  return [head, ...stages.flatMap(linesOf)]
}

/** A bar of what is left, and behind it what was lost. */
function drawn(left: number, before: number, room: number): Line {
  const { full } = bar(left, room)
  const whole = bar(before, room).full
  return [seg(full, 'first'), seg('░'.repeat(Math.max(0, whole.length - full.length)), 'dim')]
}

/** The line in exactly `columns`. */
function filled(line: Line, columns: number): Line {
  const short = cutLine(line, columns)
  return [...short, seg(' '.repeat(Math.max(0, columns - widthOfLine(short))))]
}
