/**
 * Compares the steps of a pass over documents one by one: a step that was added or removed is one change, not a change of all steps behind it.
 *
 *     before   normalize   keep(words > 5)             redact
 *     after    normalize   keep(words > 8)   c4_lines  redact
 *              the same    changed           new       the same, at another position
 */

import { canonical, type Json } from '../../core/values/json.ts'
import type { Change, Explained } from './difference.ts'
import type { Component } from './manifest.ts'

interface Step {
  readonly index: number
  readonly kind: string
  /** Its name in the program: its kind, or the name of its filter. */
  readonly name: string
  /** The name with its condition: `keep(where: words > 5)`. */
  readonly label: string
  /** Everything that it consists of: two steps are the same if their texts are equal. */
  readonly text: string
}

export interface Aligned {
  /** Both manifests with only the steps that exist on both sides, at their present positions. */
  readonly before: Explained
  readonly after: Explained
  /** The steps that exist on one side only. */
  readonly changes: readonly Change[]
  /** The name of a setting in the program: `keep.where` for `steps.1.params.where`, and for a rule the name of its filter. */
  nameOf(path: string): string
}

/** Aligns the steps of two passes; `undefined` if neither stage is a pass. */
export function alignSteps(before: Explained, after: Explained): Aligned | undefined {
  const [old, now] = [stepsOf(before), stepsOf(after)]
  const source = textAt(after.components, 'params.source.kind')
  if (old.length === 0 && now.length === 0 && source === undefined) return undefined
  const pairs = pairsOf(old, now)
  const places = new Map(pairs.map(([was, is]) => [was.index, is.index]))
  const stays = new Map(pairs.map(([, is]) => [is.index, is.index]))
  const removed = old.filter(({ index }) => !places.has(index))
  const added = now.filter(({ index }) => !stays.has(index))
  const changes: Change[] = [
    ...removed.map(({ index, label }) => ({ type: 'step', index, label, how: 'removed' }) as const),
    ...added.map(({ index, label }) => ({ type: 'step', index, label, how: 'added' }) as const),
  ]
  const names = new Map(now.map(({ index, name }) => [`${index}`, name]))
  const nameOf = (path: string) => {
    const [, index, field] = /^(?:source|steps\.(\d+))\.params\.(.*)$/.exec(path) ?? []
    const of = index === undefined ? source : names.get(index)
    if (field === undefined || of === undefined) return path
    return /^rules\.\d+$/.test(field) ? of : `${of}.${field}`
  }
  return { before: moved(before, places), after: moved(after, stays), changes, nameOf }
}

const OF_STEP = /^params\.steps\.(\d+)\.(.*)$/s

function stepsOf({ components, words }: Explained): Step[] {
  const parts = new Map<number, Component[]>()
  for (const [path, value] of components) {
    const [, index, rest] = OF_STEP.exec(path) ?? []
    if (index === undefined || rest === undefined) continue
    const of = parts.get(Number(index)) ?? []
    parts.set(Number(index), [...of, [rest, value]])
  }
  return [...parts]
    .sort(([a], [b]) => a - b)
    .map(([index, part]) => {
      const kind = textAt(part, 'kind') ?? ''
      const at = `params.steps.${index}.params.$`
      const name = textAt(words, `${at}name`) ?? kind
      const where = textAt(words, `${at}where`)
      const label = where === undefined ? name : `${name}(where: ${where})`
      return { index, kind, name, label, text: canonical(part) }
    })
}

function textAt(components: readonly Component[], path: string): string | undefined {
  const value = components.find(([at]) => at === path)?.[1]
  return typeof value === 'string' ? value : undefined
}

type Pair = readonly [before: Step, after: Step]

/** Pairs equal steps in their longest common order, and between them steps of the same kind and name, in order. */
function pairsOf(old: readonly Step[], now: readonly Step[]): Pair[] {
  const same = commonOrder(old, now)
  const pairs: Pair[] = []
  let [from, start] = [0, 0]
  for (const [a, b] of [...same, [old.length, now.length] as const]) {
    pairs.push(...pairsOfKind(old.slice(from, a), now.slice(start, b)))
    const [was, is] = [old[a], now[b]]
    if (was !== undefined && is !== undefined) pairs.push([was, is])
    from = a + 1
    start = b + 1
  }
  return pairs
}

function pairsOfKind(old: readonly Step[], now: readonly Step[]): Pair[] {
  const pairs: Pair[] = []
  let next = 0
  for (const was of old) {
    const at = now.findIndex(({ kind, name }, place) => place >= next && kind === was.kind && name === was.name)
    const is = now[at]
    if (is === undefined) continue
    pairs.push([was, is])
    next = at + 1
  }
  return pairs
}

/** The positions of a longest common subsequence (Wagner and Fischer 1974). A pass has some dozen steps. */
function commonOrder(old: readonly Step[], now: readonly Step[]): (readonly [number, number])[] {
  const longest = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0))
  const at = (a: number, b: number) => longest[a]?.[b] ?? 0
  for (let a = old.length - 1; a >= 0; a--)
    for (let b = now.length - 1; b >= 0; b--)
      longest[a]![b] = old[a]?.text === now[b]?.text ? at(a + 1, b + 1) + 1 : Math.max(at(a + 1, b), at(a, b + 1))
  const places: (readonly [number, number])[] = []
  let [a, b] = [0, 0]
  while (a < old.length && b < now.length) {
    if (old[a]?.text === now[b]?.text) places.push([a++, b++])
    else if (at(a + 1, b) >= at(a, b + 1)) a++
    else b++
  }
  return places
}

/** A manifest with only the steps in `places`, each moved to its new position. */
function moved(explained: Explained, places: ReadonlyMap<number, number>): Explained {
  const move = ([path, value]: Component): Component[] => {
    const [, index, rest] = OF_STEP.exec(path) ?? []
    if (index === undefined) return path === 'params.steps' ? [] : [[path, value]]
    const place = places.get(Number(index))
    return place === undefined ? [] : [[`params.steps.${place}.${rest}`, value as Json]]
  }
  return { ...explained, components: explained.components.flatMap(move), words: explained.words.flatMap(move) }
}
