/** The rails of `view/charts/rails.ts` as SVG: one drawing for each row, which joins those above and below. */

import { element } from '../view/charts/markup.ts'
import type { RailNode, RailRow } from '../view/charts/rails.ts'
import { type Html, trusted } from './html.ts'

export interface RailShape {
  /** The characters of the row; `●` is the node. */
  readonly characters: readonly string[]
  /** The characters whose line comes from the row above. */
  readonly fromAbove: readonly boolean[]
  readonly goesOn: boolean
  /** The characters of the widest row. */
  readonly width: number
}

/** Pixels of a character, and of a row. */
const [step, height] = [9, 40]

/** The rows of a graph, each with what it needs to know of its neighbors. */
export function shapesOf(rows: readonly RailRow[], nodes: readonly RailNode[]): readonly RailShape[] {
  const needed = new Set(nodes.flatMap(({ after }) => after))
  const texts = rows.map(({ before, after }) => [...`${before}●${after}`])
  const width = Math.max(0, ...texts.map(({ length }) => length))
  return texts.map((characters, i) => ({
    characters,
    fromAbove: characters.map((_, at) => i > 0 && goesDown(texts[i - 1]![at], needed.has(rows[i - 1]!.id))),
    goesOn: needed.has(rows[i]!.id),
    width,
  }))
}

function goesDown(character: string | undefined, isNeeded: boolean): boolean {
  return character === '●' ? isNeeded : character !== undefined && '│├┤┼'.includes(character)
}

/** The lines of each character: up, down, left and right from its middle. */
const lines: Readonly<Record<string, string>> = {
  '│': 'ud',
  '├': 'udr',
  '┤': 'udl',
  '┼': 'udlr',
  '┴': 'ulr',
  '╯': 'ul',
  '╰': 'ur',
  '─': 'lr',
}

export function railSvg({ characters, fromAbove, goesOn, width }: RailShape): Html {
  const middle = height / 2
  const x = (at: number) => at * step + step
  const node = characters.indexOf('●')
  const paths = characters.flatMap((character, at) => {
    const ways = character === '●' ? `${fromAbove[at] ? 'u' : ''}${goesOn ? 'd' : ''}` : (lines[character] ?? '')
    const own = [...ways].map((way) => ends[way]?.(x(at), middle) ?? '')
    // The horizontal line of a row ends at its node.
    const beside = character === '●' ? [touching(characters[at - 1], 'l'), touching(characters[at + 1], 'r')] : []
    return [...own, ...beside.map((way) => (way === '' ? '' : (ends[way]?.(x(at), middle) ?? '')))]
  })
  const shapes = [
    element('path', { d: paths.join(''), fill: 'none', class: 'rail' }),
    element('circle', { cx: x(node), cy: middle, r: 5, class: 'node' }),
  ]
  const size = { width: (width + 1) * step, height, viewBox: `0 0 ${(width + 1) * step} ${height}` }
  return trusted(element('svg', { class: 'rails', 'aria-hidden': 'true', ...size }, shapes))
}

function touching(character: string | undefined, side: 'l' | 'r'): string {
  const joins = side === 'l' ? '─├┼┴╰' : '─┤┼┴╯'
  return character !== undefined && joins.includes(character) ? side : ''
}

const ends: Readonly<Record<string, (x: number, y: number) => string>> = {
  u: (x, y) => `M${x} ${y}V0`,
  d: (x, y) => `M${x} ${y}V${height}`,
  l: (x, y) => `M${x} ${y}H${x - step}`,
  r: (x, y) => `M${x} ${y}H${x + step}`,
}
