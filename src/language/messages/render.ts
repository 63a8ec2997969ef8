/**
 * Renders diagnostics for people:
 *
 *     error[E0301]: `keep` has no setting `were`.
 *       --> program.llmpipe:3:10
 *       |
 *     3 |   |> keep(were: words > 8)
 *       |           ^^^^ unknown setting
 *       |
 *       = help: Did you mean `where`?
 */

import { lineAt, positionAt, type Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { sanitize } from '../../core/values/printable.ts'

export interface RenderOptions {
  readonly color?: boolean
  /** The width of the terminal in columns. Longer source lines are cut around the carets. */
  readonly width?: number
  /** The greatest number of diagnostics to show; 20 by default. */
  readonly most?: number
}

interface Paint {
  error(text: string): string
  warning(text: string): string
  accent(text: string): string
  bold(text: string): string
}

const plain: Paint = { error: same, warning: same, accent: same, bold: same }
const colored: Paint = {
  error: (text) => `\u001b[1;31m${text}\u001b[0m`,
  warning: (text) => `\u001b[1;33m${text}\u001b[0m`,
  accent: (text) => `\u001b[1;34m${text}\u001b[0m`,
  bold: (text) => `\u001b[1m${text}\u001b[0m`,
}

function same(text: string): string {
  return text
}

/** The default for `most`. The number of other diagnostics is shown in one line. */
const maxShown = 20

/**
 * Renders diagnostics below each other, with a line that counts them at the end; empty if there are none. If there are too many,
 * errors are shown before warnings. Characters of a program or a file name that would control the terminal are written out.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  options: RenderOptions = {},
): string {
  if (diagnostics.length === 0) return ''
  const paint = options.color ? colored : plain
  const width = options.width ?? 120
  const shown = chooseShown(diagnostics, options.most ?? maxShown)
  const blocks = shown.map((diagnostic) => renderOne(diagnostic, sources, paint, width))
  const rest = shown.length < diagnostics.length ? `; the first ${shown.length} are shown` : ''
  return `${blocks.join('\n')}\n${summary(diagnostics)}${rest}\n`
}

/** The first `most` diagnostics in their order; warnings only if the errors leave room. */
function chooseShown(diagnostics: readonly Diagnostic[], most: number): readonly Diagnostic[] {
  if (diagnostics.length <= most) return diagnostics
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return (errors.length > 0 ? errors : diagnostics).slice(0, most)
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const counted = (severity: Diagnostic['severity']) => {
    const number = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
    return number === 0 ? [] : [`${number} ${severity}${number === 1 ? '' : 's'}`]
  }
  return [...counted('error'), ...counted('warning')].join(', ')
}

interface Mark {
  readonly span: Span
  readonly label: string
  readonly primary: boolean
}

function renderOne(diagnostic: Diagnostic, sources: ReadonlyMap<string, string>, paint: Paint, width: number): string {
  const { severity, code, span, related } = diagnostic
  const message = sanitize(diagnostic.message, inWords)
  const help = diagnostic.help === undefined ? undefined : sanitize(diagnostic.help, inWords)
  const strong = severity === 'error' ? paint.error : paint.warning
  const marks: Mark[] = [
    { span, label: diagnostic.label ?? '', primary: true },
    ...(related ?? []).map((each) => ({ ...each, primary: false })),
  ]
  const files = [...new Set(marks.map((mark) => mark.span.file))]
  const lastLine = Math.max(...marks.map((mark) => positionAt(sources.get(mark.span.file) ?? '', mark.span.start).line))
  const gutter = String(lastLine).length
  const pad = ' '.repeat(gutter)
  const bar = paint.accent(`${pad} |`)
  const out = [`${strong(`${severity}[${code}]`)}${paint.bold(`: ${message}`)}`]
  for (const file of files) {
    const text = sources.get(file)
    const own = marks.filter((mark) => mark.span.file === file)
    const first = positionAt(text ?? '', own[0]?.span.start ?? 0)
    const name = sanitize(file)
    const place = text === undefined ? name : `${name}:${first.line}:${first.column}`
    out.push(`${paint.accent(`${pad}${file === files[0] ? '-->' : ':::'}`)} ${place}`)
    if (text === undefined || text === '') continue
    out.push(bar, ...excerpt(text, own, gutter, paint, strong, width))
  }
  if (help !== undefined && help !== '') {
    const lines = wrap(help, width - gutter - 9)
    out.push(bar, `${paint.accent(`${pad} =`)} ${paint.bold('help')}: ${lines.join(`\n${pad}         `)}`)
  }
  return `${out.join('\n')}\n`
}

/** The source lines of all marks in order, each with its carets below; `...` stands for lines between. */
function excerpt(
  text: string,
  marks: readonly Mark[],
  gutter: number,
  paint: Paint,
  strong: (text: string) => string,
  width: number,
): string[] {
  const byLine = new Map<number, Mark[]>()
  for (const mark of marks) {
    const { line } = positionAt(text, mark.span.start)
    byLine.set(line, [...(byLine.get(line) ?? []), mark])
  }
  const out: string[] = []
  let before: number | undefined
  for (const [number, own] of [...byLine].sort((a, b) => a[0] - b[0])) {
    if (before !== undefined && number > before + 1) out.push(paint.accent('...'))
    before = number
    const source = lineAt(text, number)
    const cut = window(source, own[0] ? positionAt(text, own[0].span.start).column : 1, width - gutter - 3)
    out.push(`${paint.accent(`${String(number).padStart(gutter)} |`)} ${cut.text}`.trimEnd())
    for (const mark of own.sort((a, b) => a.span.start - b.span.start)) {
      const column = positionAt(text, mark.span.start).column
      const onLine = Math.max(1, Math.min(mark.span.end - mark.span.start, source.length - column + 1))
      const marked = Math.max(1, columns(source.slice(column - 1, Math.min(column - 1 + onLine, cut.to))))
      const sign = (mark.primary ? '^' : '-').repeat(marked)
      const indent = ' '.repeat(columns(source.slice(cut.from, Math.min(column - 1, cut.to))) + cut.lead)
      const words = mark.label === '' ? sign : `${sign} ${sanitize(mark.label, inWords)}`
      out.push(
        `${paint.accent(`${' '.repeat(gutter)} |`)} ${indent}${mark.primary ? strong(words) : paint.accent(words)}`,
      )
    }
  }
  return out
}

/** Source lines: characters that control a terminal or are invisible are written out. */
const inSource = { keep: '\t', all: true }
/** Messages, which quote the source. */
const inWords = { keep: '\n', all: true }

/** The part of a line that fits the width and shows a column. A tab counts as two columns. */
function window(
  source: string,
  column: number,
  width: number,
): { text: string; from: number; to: number; lead: number } {
  const room = Math.max(20, width)
  // Only the visible part is measured, since a line can be as long as the file.
  const start = column < room - 20 ? 0 : column - Math.floor(room / 2)
  const from = start > 4 * room || (start > 0 && columns(source.slice(0, column + 2 * room)) > room) ? start : 0
  const lead = from > 0 ? 1 : 0
  let to = Math.min(source.length, from + room + 1)
  while (to > from && columns(source.slice(from, to)) > room - lead - (to < source.length ? 1 : 0)) to--
  const shown = sanitize(source.slice(from, to), inSource).replaceAll('\t', '  ')
  return { text: `${lead ? '…' : ''}${shown}${to < source.length ? '…' : ''}`, from, to, lead }
}

/** The width of a piece of source in columns: wide letters take two, combining marks none. */
function columns(text: string): number {
  let count = 0
  for (const char of sanitize(text, inSource)) {
    if (char === '\t') count += 2
    else if (/\p{Mark}/u.test(char)) continue
    else
      count +=
        /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
          char,
        )
          ? 2
          : 1
  }
  return count
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && columns(line) + 1 + columns(word) > Math.max(20, width)) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines
}

export interface JsonDiagnostics {
  readonly diagnostics: readonly {
    readonly code: string
    readonly severity: 'error' | 'warning'
    readonly message: string
    readonly file: string
    readonly line: number
    readonly column: number
    readonly endLine: number
    readonly endColumn: number
    readonly help?: string
  }[]
}

/** The output of `check --json`. Lines and columns count from 1. */
export function toJsonDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
): JsonDiagnostics {
  return {
    diagnostics: diagnostics.map(({ code, severity, message, span, help }) => {
      const text = sources.get(span.file) ?? ''
      const start = positionAt(text, span.start)
      const end = positionAt(text, span.end)
      return {
        code,
        severity,
        message,
        file: span.file,
        line: start.line,
        column: start.column,
        endLine: end.line,
        endColumn: end.column,
        ...(help === undefined || help === '' ? {} : { help }),
      }
    }),
  }
}
