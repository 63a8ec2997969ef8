/**
 * The automaton of a regular expression (Glushkov 1961). Its positions are the characters of the expression, with the number of ways in
 * which one can follow another. The automaton is exponentially ambiguous if two different paths lead from a position back to itself over
 * the same text (Weber & Seidl 1991).
 */

import { toRegExp } from 'oniguruma-to-es'
import { target } from './target.ts'

/** A part of an expression: its first and last positions, each with the number of ways, and whether it can match the empty text. */
export interface Part {
  readonly first: ReadonlyMap<number, number>
  readonly last: ReadonlyMap<number, number>
  readonly nullable: boolean
}

/** The largest number of positions that is analyzed. No pattern that splits text has more in one repetition. */
const maxPositions = 120

export class Automaton {
  /** The characters of each position, as a pattern; `undefined` for a position that shares no character with others. */
  readonly #patterns: (string | undefined)[] = []
  readonly #follow: Map<number, number>[] = []

  nothing(): Part {
    return { first: new Map(), last: new Map(), nullable: true }
  }

  character(pattern: string | undefined): Part {
    const ways = new Map([[this.#patterns.length, 1]])
    this.#patterns.push(pattern)
    this.#follow.push(new Map())
    return { first: ways, last: ways, nullable: false }
  }

  either(a: Part, b: Part): Part {
    return { first: sum(a.first, b.first), last: sum(a.last, b.last), nullable: a.nullable || b.nullable }
  }

  oneAfterAnother(a: Part, b: Part): Part {
    this.#link(a.last, b.first)
    return {
      first: a.nullable ? sum(a.first, b.first) : a.first,
      last: b.nullable ? sum(a.last, b.last) : b.last,
      nullable: a.nullable && b.nullable,
    }
  }

  optional(part: Part): Part {
    return { ...part, nullable: true }
  }

  repeat(part: Part, nullable: boolean): Part {
    this.#link(part.last, part.first)
    return { ...part, nullable: nullable || part.nullable }
  }

  isExponentiallyAmbiguous(): boolean {
    const count = this.#patterns.length
    if (count > maxPositions) return false
    const next = this.#follow.map((ways) => [...ways.keys()])
    const component = components(count, (position) => next[position]!)
    for (let from = 0; from < count; from++)
      for (const [to, ways] of this.#follow[from]!)
        if (ways > 1 && component[from] !== -1 && component[from] === component[to]) return true
    const overlap = overlaps(this.#patterns)
    const pairs = components(count * count, (pair) => {
      const [a, b] = [Math.floor(pair / count), pair % count]
      return next[a]!.flatMap((to) => next[b]!.filter((other) => overlap(to, other)).map((other) => to * count + other))
    })
    const same = new Set(next.map((_, position) => pairs[position * count + position]).filter((each) => each !== -1))
    return pairs.some((each, pair) => Math.floor(pair / count) !== pair % count && same.has(each))
  }

  #link(last: ReadonlyMap<number, number>, first: ReadonlyMap<number, number>): void {
    for (const [from, ends] of last)
      for (const [to, begins] of first) {
        const ways = this.#follow[from]!
        ways.set(to, (ways.get(to) ?? 0) + ends * begins)
      }
  }
}

function sum(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): Map<number, number> {
  const both = new Map(a)
  for (const [position, ways] of b) both.set(position, (both.get(position) ?? 0) + ways)
  return both
}

/** Sample characters of every sort. Two sets that share a character almost always share one of these. */
const someCharacters: readonly string[] = (() => {
  const all = Array.from({ length: 0x250 }, (_, point) => String.fromCodePoint(point))
  return [...all, ...'ʰΔδАяאعहि๑中あカ한٣Ⅷ²½—“”…▁\u2028\u3000\u200b\u0301\ue000👍𝔘🇩\u{1f3fd}€∑ſK']
})()

/** Makes a function that decides whether two positions share a character. */
function overlaps(patterns: readonly (string | undefined)[]): (a: number, b: number) => boolean {
  const members = new Map<string, string>()
  const inPatterns = patterns.flatMap((pattern) => [...(pattern ?? '')])
  const characters = [...new Set([...someCharacters, ...inPatterns])]
  for (const pattern of patterns) {
    if (pattern === undefined || members.has(pattern)) continue
    const regex = toRegExp(`\\A(?i:${pattern})\\z`, { target })
    members.set(pattern, characters.map((character) => (regex.test(character) ? '1' : '0')).join(''))
  }
  return (a, b) => {
    const [one, other] = [patterns[a], patterns[b]]
    if (one === undefined || other === undefined) return a === b
    const [left, right] = [members.get(one)!, members.get(other)!]
    for (let i = 0; i < left.length; i++) if (left[i] === '1' && right[i] === '1') return true
    return false
  }
}

/**
 * The number of each node's strongly connected component; −1 for a node that is not on a circle. Tarjan's algorithm (1972), without
 * recursion.
 */
function components(count: number, next: (node: number) => readonly number[]): number[] {
  const component = new Array<number>(count).fill(-1)
  const order = new Array<number>(count).fill(-1)
  const low = new Array<number>(count).fill(0)
  const onStack = new Array<boolean>(count).fill(false)
  const stack: number[] = []
  let seen = 0
  let found = 0
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue
    const work: { node: number; edges: readonly number[]; at: number }[] = []
    const enter = (node: number) => {
      order[node] = low[node] = seen++
      stack.push(node)
      onStack[node] = true
      work.push({ node, edges: next(node), at: 0 })
    }
    enter(root)
    while (work.length > 0) {
      const top = work.at(-1)!
      const to = top.edges[top.at++]
      if (to !== undefined) {
        if (order[to] === -1) enter(to)
        else if (onStack[to]) low[top.node] = Math.min(low[top.node]!, order[to]!)
        continue
      }
      work.pop()
      const above = work.at(-1)
      if (above !== undefined) low[above.node] = Math.min(low[above.node]!, low[top.node]!)
      if (low[top.node] !== order[top.node]) continue
      const members = stack.splice(stack.lastIndexOf(top.node))
      for (const node of members) onStack[node] = false
      const onCircle = members.length > 1 || top.edges.includes(top.node)
      if (onCircle) for (const node of members) component[node] = found
      found++
    }
  }
  return component
}
