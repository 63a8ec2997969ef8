/**
 * Lines of a screen: pieces of text with a tone each. Everything that is shown consists of lines, so that a terminal, a plain
 * log and a test see the same words; only the last step (`paint`, or Ink) turns tones into colors.
 */

import { acting, escapeOf } from '../core/values/printable.ts'

/** The role of a piece of text. Only `paint` decides how it looks. */
export type Tone = 'dim' | 'bold' | 'good' | 'bad' | 'warn' | 'accent' | 'busy' | 'first' | 'second' | 'selected'

export interface Segment {
  readonly text: string
  readonly tone?: Tone
}

export type Line = readonly Segment[]

/** One piece. Control characters of data (a sample, a document) are shown as escapes (`\\u{1b}`): the terminal never obeys them. */
export function seg(text: string, tone?: Tone): Segment {
  const safe = clean(text)
  return tone === undefined ? { text: safe } : { text: safe, tone }
}

function clean(text: string): string {
  return text.replace(acting, (c) =>
    c === '\n' || c === '\u2028' || c === '\u2029' ? '⏎' : c === '\t' ? ' ' : escapeOf(c),
  )
}

export function textOf(line: Line): string {
  return line.map((s) => s.text).join('')
}

/** The columns of a terminal that `text` takes: 0 for combining marks, 2 for wide characters. */
export function width(text: string): number {
  if (!unusual.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += widthOf(character.codePointAt(0)!)
  return columns
}

function widthOf(code: number): number {
  if (isEscaped(code)) return escapeOf(String.fromCodePoint(code)).length
  if (code < 0x300) return 1
  if (code === 0x200b || code === 0x200d || code === 0xfeff || (code >= 0xfe00 && code <= 0xfe0f)) return 0
  if (combining.test(String.fromCodePoint(code))) return 0
  return wideRanges.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}

/** Whether `seg` writes the character as an escape. Line breaks and tabs have signs of one column. */
function isEscaped(code: number): boolean {
  if (code === 0x09 || code === 0x0a || code === 0x2028 || code === 0x2029) return false
  return code < 0x20 || (code >= 0x7f && String.fromCodePoint(code).search(acting) === 0)
}

/**
 * Characters that may take another number of columns than one; most texts have none. Outside of it are punctuation, arrows, `⏎` for a
 * line break, and U+FFFD in place of bytes that are not UTF-8.
 */
const unusual = /[^ -~\u00a0-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u2319\u231c-\u23ff\ufffd]/
const combining = /\p{Mn}|\p{Me}/u

// East Asian Wide and Fullwidth (Unicode Standard Annex 11), and the pictographs that terminals draw wide.
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
]

export function widthOfLine(line: Line): number {
  return line.reduce((sum, s) => sum + width(s.text), 0)
}

/** `text` in at most `columns`, with `…` at the end if it was cut. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text
  if (columns <= 0) return ''
  let taken = ''
  let used = 0
  for (const character of text) {
    const w = widthOf(character.codePointAt(0)!)
    if (used + w > columns - 1) break
    taken += character
    used += w
  }
  return `${taken}…`
}

/** `text` in exactly `columns`: cut, or filled with blanks. */
export function fitTo(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, columns)
  const blanks = ' '.repeat(Math.max(0, columns - width(short)))
  return align === 'left' ? short + blanks : blanks + short
}

/** The line in at most `columns`, with `…` at the end if it was cut. */
export function cutLine(line: Line, columns: number): Line {
  if (widthOfLine(line) <= columns) return line
  const kept: Segment[] = []
  let left = columns
  for (const segment of line) {
    const w = width(segment.text)
    if (w <= left - 1) {
      kept.push(segment)
      left -= w
      continue
    }
    kept.push({ ...segment, text: cut(segment.text + ' '.repeat(2), left) })
    break
  }
  return kept
}

/** `left` and `right` at the two ends of `columns`; `left` is cut first. */
export function ends(left: Line, right: Line, columns: number): Line {
  const tail = cutLine(right, columns)
  const room = columns - widthOfLine(tail)
  const head = cutLine(left, Math.max(0, room - 1))
  return [...head, { text: ' '.repeat(Math.max(0, room - widthOfLine(head))) }, ...tail]
}

/** Breaks `text` at blanks into lines of at most `columns`; longer words are broken too. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (let word of paragraph.split(/\s+/)) {
      while (width(word) > columns) {
        const room = line === '' ? columns : columns - width(line) - 1
        if (room < 4) {
          lines.push(line)
          line = ''
          continue
        }
        const head = takeColumns(word, room)
        lines.push(line === '' ? head : `${line} ${head}`)
        line = ''
        word = word.slice(head.length)
      }
      if (line === '') line = word
      else if (width(line) + 1 + width(word) <= columns) line += ` ${word}`
      else {
        lines.push(line)
        line = word
      }
    }
    lines.push(line)
  }
  return lines
}

function takeColumns(text: string, columns: number): string {
  let taken = ''
  let used = 0
  for (const character of text) {
    const w = widthOf(character.codePointAt(0)!)
    if (used + w > columns) break
    taken += character
    used += w
  }
  return taken
}

const ansiCodes: Readonly<Record<Tone, string>> = {
  dim: '2',
  bold: '1',
  good: '32',
  bad: '31',
  warn: '33',
  accent: '36',
  busy: '93',
  first: '96',
  second: '95',
  selected: '7',
}

/** The line as a string, with ANSI colors if `color`. */
export function paint(line: Line, color: boolean): string {
  const safe = line.map((s) => ({ ...s, text: clean(s.text) }))
  if (!color) return textOf(safe).trimEnd()
  return safe.map((s) => (s.tone === undefined ? s.text : `\u001b[${ansiCodes[s.tone]}m${s.text}\u001b[0m`)).join('')
}

/** Whether to write colors to `stream`: NO_COLOR and FORCE_COLOR decide (no-color.org), and else whether it is a terminal. */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return stream.isTTY === true && env.TERM !== 'dumb'
}
