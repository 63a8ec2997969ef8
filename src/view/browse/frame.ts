/**
 * A frame of `browse` as lines: a list of documents, and the selected one below it, or beside it in a wide terminal. A function of its state
 * and of the size, so that a test can read it.
 *
 *     english  36 documents                    document 2 of 36
 *       c44aff11  Call me Ishmael. Some  │ 4c378087-314b-1eb8
 *     ▸ 4c378087  I stuffed a shirt or   │ url: https://whale.example/chapters/2
 *                                        │ I stuffed a shirt or two into my old …
 *     ↑↓ document  space scroll  / search  w where  d drops  ? help  q quit
 */

import { cut, cutLine, ends, fitTo, type Line, seg, widthOfLine } from '../line.ts'
import { wrapped } from './wrapped.ts'

/** A document, or a sample of those that a rule dropped. */
export interface BrowsedItem {
  readonly id: string
  readonly text: string
  /** Names and values, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** The rule that dropped it with the values that the rule saw, or the values that the condition looks at. */
  readonly note?: string
}

export interface BrowseState {
  readonly name: string
  /** `36 documents, 370 kB`. */
  readonly amount: string
  /** `where words < 50: 12 found, 34% read`; empty without a condition. */
  readonly condition: string
  /** `document 2 of 36`. */
  readonly position: string
  /** The number of the selected item, and the number of known items. */
  readonly selected: number
  readonly known: number
  readonly scroll: number
  /** Marked in the text. */
  readonly search: string
  readonly isHelp: boolean
  /** The line that is typed, with what it is for; absent if nothing is typed. */
  readonly prompt?: { readonly label: string; readonly typed: string }
  readonly message: string
  /** Undefined for a number that is not known yet. */
  item(index: number): BrowsedItem | undefined
}

export interface BrowseSize {
  readonly columns: number
  readonly rows: number
}

/** With fewer columns, the document stands below the list. */
const sideBySide = 100
/** The most fields that are listed above the text. */
const mostFields = 6

/** Exactly `rows` lines of at most `columns`. */
export function browseFrame(state: BrowseState, { columns, rows }: BrowseSize): Line[] {
  const head = [ends([seg(state.name, 'bold'), seg(`  ${state.amount}`, 'dim')], [seg(state.position)], columns)]
  if (state.condition !== '') head.push(cutLine([seg(state.condition, 'accent')], columns))
  const room = Math.max(1, rows - head.length - 1)
  const isWide = columns >= sideBySide
  const listWidth = isWide ? Math.min(48, Math.floor(columns * 0.36)) : columns
  const listRows = isWide ? room : Math.min(room, Math.max(1, Math.min(state.known, Math.floor(room * 0.3))))
  const list = listLines(state, { columns: listWidth, rows: listRows })
  const size = isWide
    ? { columns: columns - listWidth - 3, rows: room }
    : { columns, rows: Math.max(0, room - listRows - 1) }
  const pane = state.isHelp ? helpLines() : documentLines(state, size)
  const body: Line[] = isWide
    ? Array.from({ length: room }, (_, i) => beside(list[i] ?? [], pane[i] ?? [], listWidth))
    : [...list, ...(room > listRows ? [[seg('─'.repeat(columns), 'dim')]] : []), ...pane]
  const filled = Array.from({ length: room }, (_, i) => cutLine(body[i] ?? [], columns))
  return [...head, ...filled, footer(state, columns)].slice(0, Math.max(1, rows))
}

/** The number of lines that one key scrolls the text by. */
export function pageOf({ columns, rows }: BrowseSize): number {
  return Math.max(1, columns >= sideBySide ? rows - 6 : Math.floor(rows * 0.5) - 2)
}

function listLines({ item, selected, known }: BrowseState, { columns, rows }: BrowseSize): Line[] {
  const from = Math.max(0, Math.min(selected - Math.floor(rows / 2), known - rows))
  return Array.from({ length: Math.min(rows, known - from) }, (_, i): Line => {
    const index = from + i
    const { id = '', text = '' } = item(index) ?? {}
    const isSelected = index === selected
    const begin = text
      .slice(0, columns * 2)
      .replace(/\s+/g, ' ')
      .trim()
    const words = cut(begin, Math.max(0, columns - 13))
    return [
      seg(isSelected ? '▸ ' : '  ', 'accent'),
      seg(fitTo(id, 9), 'dim'),
      seg('  '),
      isSelected ? seg(words, 'bold') : seg(words),
    ]
  })
}

function documentLines({ item, selected, known, scroll, search }: BrowseState, { columns, rows }: BrowseSize): Line[] {
  const found = known === 0 ? undefined : item(selected)
  if (found === undefined) return [[seg(known === 0 ? 'no documents' : '…', 'dim')]]
  const { id, fields, note, text } = found
  const head: Line[] = [
    cutLine([seg(id, 'bold')], columns),
    ...(note === undefined ? [] : [cutLine([seg(note, 'accent')], columns)]),
    ...fields.slice(0, mostFields).map(([name, value]) => cutLine([seg(`${name}: `, 'dim'), seg(value)], columns)),
    ...(fields.length > mostFields ? [[seg(`… ${fields.length - mostFields} more fields`, 'dim')]] : []),
    [],
  ]
  const lines = wrapped(text, columns)
  const all = [...head, ...lines.map((line) => highlighted(line, search))]
  const first = Math.min(scroll, Math.max(0, all.length - rows))
  const shown = all.slice(first, first + rows)
  const below = all.length - first - rows
  if (below <= 0 || rows < 3) return shown
  return [...shown.slice(0, -1), [seg(`… ${below + 1} more lines: space`, 'dim')]]
}

/** A line of text with the searched words marked, in whatever case they are. */
function highlighted(line: string, search: string): Line {
  if (search === '') return [seg(line)]
  const [where, what] = [line.toLowerCase(), search.toLowerCase()]
  // Characters whose lower case has another length would shift the marks.
  if (where.length !== line.length) return [seg(line)]
  const segments: Line[] = []
  let from = 0
  for (let at = where.indexOf(what); at !== -1; at = where.indexOf(what, from)) {
    segments.push([seg(line.slice(from, at)), seg(line.slice(at, at + what.length), 'selected')])
    from = at + what.length
  }
  return [...segments.flat(), seg(line.slice(from))]
}

function beside(left: Line, right: Line, width: number): Line {
  return [...left, seg(' '.repeat(Math.max(0, width - widthOfLine(left)))), seg(' │ ', 'dim'), ...right]
}

function footer({ prompt, message, isHelp }: BrowseState, columns: number): Line {
  if (prompt !== undefined) {
    // The end of what is typed stays in view.
    const room = Math.max(1, columns - prompt.label.length - 2)
    return cutLine([seg(prompt.label, 'accent'), seg(prompt.typed.slice(-room)), seg(' ', 'selected')], columns)
  }
  if (message !== '') return cutLine([seg(message, 'warn')], columns)
  if (isHelp) return cutLine([seg('esc back  q quit', 'dim')], columns)
  return cutLine([seg('↑↓ document  space scroll  / search  w where  d drops  ? help  q quit', 'dim')], columns)
}

function helpLines(): Line[] {
  const keys: readonly (readonly [string, string])[] = [
    ['↑ ↓  k j', 'the previous or next document'],
    ['PgUp PgDn', 'a page of the list'],
    ['g  G', 'the first, the last document (reads all of them)'],
    ['space  b', 'scroll the text down, up'],
    ['/  n', 'go to the next document with a text; again'],
    ['w', 'show only documents for which a condition is true, as in keep(where: …)'],
    ['d', 'documents that rules dropped, as the ledger samples them'],
    ['esc', 'stop reading; leave this page or the drops; then end the condition'],
    ['q  Ctrl-C', 'quit'],
  ]
  return keys.map(([key, text]) => [seg(key.padEnd(11), 'accent'), seg(text)])
}
