/**
 * Divides the values between modules: a `forward` computes some itself, and calls modules for the others. A part of the model becomes a call if all that it computes can be
 * computed at once: nothing outside depends on it and is needed by it again. Otherwise the part above computes its values itself.
 */

import { type LoopArgument, loopArguments } from './loops.ts'
import { holderOf, isList, isWithin, type ModuleTree } from './tree.ts'
import { usersOf, type Value, type Values } from './values.ts'

/** A step of a `forward`. `inputs` are the values that it reads, without constants; `outputs` those that later steps or the result read. */
export type Step = ValueStep | CallStep | LoopStep

export interface ValueStep {
  readonly type: 'value'
  /** The value; `outputs` are this value, or the items of it that are read if it is a pair. */
  readonly value: number
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

export interface CallStep {
  readonly type: 'call'
  readonly path: string
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** Calls of the modules of a list, one after the other. */
export interface LoopStep {
  readonly type: 'loop'
  readonly path: string
  readonly calls: readonly CallStep[]
  /** The arguments of the calls, by their places. */
  readonly arguments: readonly LoopArgument[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** The work of a `forward`. */
export interface Body {
  readonly path: string
  /** The values that it takes. */
  readonly inputs: readonly number[]
  readonly steps: readonly Step[]
  readonly outputs: readonly number[]
}

/** The bodies of all modules that have a `forward`, by their paths. */
export function planBodies(all: Values, tree: ModuleTree): Map<string, Body> {
  return new Planner(all, tree).run()
}

/** Values that are computed together, of one step. */
interface Cluster {
  readonly path: string | undefined
  readonly members: readonly number[]
}

class Planner {
  readonly #values: readonly Value[]
  readonly #results: readonly number[]
  readonly #tree: ModuleTree
  readonly #users: readonly (readonly number[])[]
  readonly #owners: string[]
  readonly #bodies = new Map<string, Body>()

  constructor(all: Values, tree: ModuleTree) {
    this.#values = all.values
    this.#results = Object.values(all.outputs)
    this.#tree = tree
    this.#users = usersOf(all)
    this.#owners = this.#values.map(({ scope }) => tree.owner(scope))
    this.#hoist()
  }

  run(): Map<string, Body> {
    const computed = this.#values.flatMap(({ op }, i) =>
      op === 'weight' || op === 'input' || op === 'constant' ? [] : [i],
    )
    const inputs = this.#values.flatMap(({ op }, i) => (op === 'input' ? [i] : []))
    this.#plan('', computed, inputs, [...new Set(this.#results)])
    return this.#bodies
  }

  /** Values that depend on nothing in their part, and are read outside of it, belong to the part that contains all readers. */
  #hoist(): void {
    for (const [i, { op, inputs }] of this.#values.entries()) {
      if (op === 'weight' || op === 'input' || op === 'constant') this.#owners[i] = ''
      else if (op === 'item') this.#owners[i] = this.#owners[inputs[0]!]!
      else {
        const own = this.#owners[i]!
        const readers = this.#users[i]!.map((user) => this.#owners[user]!)
        const common = this.#tree.owner(readers.concat(this.#results.includes(i) ? [''] : []).reduce(commonPath, own))
        if (common !== own && inputs.every((input) => isWithin(common, this.#owners[input]!))) this.#owners[i] = common
      }
    }
  }

  #plan(path: string, members: readonly number[], inputs: readonly number[], outputs: readonly number[]): void {
    let parts = this.#tree.parts(path)
    const kept: string[] = []
    let sorted = this.#sort(this.#clusters(members, parts))
    if (sorted !== undefined) kept.push(...parts)
    // Not all parts can be calls: those that can are found one by one, and the parts of the others are tried in their place.
    for (; sorted === undefined; parts = parts.slice(1)) {
      const [part] = parts
      if (part === undefined) sorted = this.#sort(this.#clusters(members, kept))!
      else if (this.#sort(this.#clusters(members, [...kept, part])) !== undefined) kept.push(part)
      else parts = [part, ...this.#tree.parts(part), ...parts.slice(1)]
    }
    const { clusters, loops } = this.#withLoops(kept, sorted)
    const steps = clusters.map((cluster) => this.#stepOf(cluster, loops))
    this.#bodies.set(path, { path, inputs, steps, outputs })
    for (const part of kept) {
      const inside = members.filter((i) => isWithin(this.#owners[i]!, part))
      if (inside.length === 0) continue
      const call = this.#callOf(part, inside)
      this.#plan(part, inside, call.inputs, call.outputs)
    }
  }

  /** One cluster for each part, and one for each other value. */
  #clusters(members: readonly number[], parts: readonly string[]): Cluster[] {
    const byPart = new Map<string, number[]>(parts.map((part) => [part, []]))
    const single: Cluster[] = []
    for (const i of members) {
      const part = this.#partOf(i, byPart)
      if (part !== undefined) byPart.get(part)!.push(i)
      else if (this.#values[i]!.op !== 'item') single.push({ path: undefined, members: this.#withItems(i) })
    }
    const called = [...byPart].flatMap(([path, inside]) => (inside.length === 0 ? [] : [{ path, members: inside }]))
    return [...single, ...called]
  }

  #partOf(i: number, parts: ReadonlyMap<string, unknown>): string | undefined {
    for (let path = this.#owners[i]!; path !== ''; path = holderOf(path)) if (parts.has(path)) return path
    return undefined
  }

  /** A value and, if it is a pair, those of its items that are read, in their order. */
  #withItems(i: number): number[] {
    const index = (user: number) => {
      const item = this.#values[user]!
      return item.op === 'item' ? item.attributes.index : undefined
    }
    const items = this.#users[i]!.filter((user) => index(user) !== undefined)
    return [i, ...items.sort((a, b) => index(a)! - index(b)!)]
  }

  /** The clusters, each after those that it depends on; `undefined` if some depend on each other in a circle. */
  #sort(clusters: readonly Cluster[]): Cluster[] | undefined {
    const home = new Map<number, number>()
    for (const [c, { members }] of clusters.entries()) for (const i of members) home.set(i, c)
    const before = clusters.map(({ members }, c) => {
      const needed = new Set(members.flatMap((i) => this.#values[i]!.inputs.map((input) => home.get(input) ?? c)))
      needed.delete(c)
      return needed
    })
    const after: number[][] = clusters.map(() => [])
    for (const [c, needed] of before.entries()) for (const each of needed) after[each]!.push(c)
    const ready = clusters.flatMap((_, c) => (before[c]!.size === 0 ? [c] : []))
    const first = (c: number) => clusters[c]!.members[0]!
    const sorted: Cluster[] = []
    while (ready.length > 0) {
      ready.sort((a, b) => first(b) - first(a))
      const c = ready.pop()!
      sorted.push(clusters[c]!)
      for (const next of after[c]!) if (before[next]!.delete(c) && before[next]!.size === 0) ready.push(next)
    }
    return sorted.length === clusters.length ? sorted : undefined
  }

  /** Joins the calls of the modules of a list to one step, where nothing else is computed between them. */
  #withLoops(kept: readonly string[], sorted: readonly Cluster[]) {
    const loops = new Set<string>()
    let clusters = [...sorted]
    for (const list of new Set(kept.map(holderOf))) {
      if (list === '' || !isList(this.#tree.at(list))) continue
      const parts = [...this.#tree.at(list).children.values()].map((child) => child.path)
      const calls = parts.map((part) => clusters.find((each) => each.path === part))
      if (calls.some((call) => call === undefined)) continue
      const all = calls.flatMap((call) => call!.members)
      if (loopArguments(calls.map((call) => this.#callOf(call!.path!, call!.members))) === undefined) continue
      const rest = clusters.filter((each) => !calls.includes(each))
      const joined = this.#sort([...rest, { path: list, members: all }])
      if (joined === undefined) continue
      clusters = joined
      loops.add(list)
    }
    return { clusters, loops }
  }

  #stepOf({ path, members }: Cluster, loops: ReadonlySet<string>): Step {
    if (path === undefined) {
      const [value] = members as [number]
      const inputs = this.#values[value]!.inputs.filter((input) => this.#values[input]!.op !== 'constant')
      const items = members.slice(1)
      return { type: 'value', value, inputs, outputs: items.length > 0 ? items : [value] }
    }
    if (!loops.has(path)) return this.#callOf(path, members)
    const calls = [...this.#tree.at(path).children.values()].map((child) =>
      this.#callOf(
        child.path,
        members.filter((i) => isWithin(this.#owners[i]!, child.path)),
      ),
    )
    const inside = new Set(members)
    const inputs = [...new Set(calls.flatMap((call) => call.inputs))].filter((i) => !inside.has(i))
    return {
      type: 'loop',
      path,
      calls,
      arguments: loopArguments(calls)!,
      inputs,
      outputs: members.filter((i) => this.#isRead(i, inside)),
    }
  }

  /** The call of a part that computes `members`. */
  #callOf(path: string, members: readonly number[]): CallStep {
    const inside = new Set(members)
    const inputs = new Set<number>()
    for (const i of members)
      for (const input of this.#values[i]!.inputs)
        if (!inside.has(input) && !this.#isAtHand(input, path)) inputs.add(input)
    return { type: 'call', path, inputs: [...inputs], outputs: members.filter((i) => this.#isRead(i, inside)) }
  }

  /** Whether a value is read outside of `inside`, or is an output of the model. */
  #isRead(i: number, inside: ReadonlySet<number>): boolean {
    return this.#results.includes(i) || this.#users[i]!.some((user) => !inside.has(user))
  }

  /** Whether the part at `path` need not be given a value: a constant, or a weight of its own. */
  #isAtHand(i: number, path: string): boolean {
    const value = this.#values[i]!
    if (value.op === 'constant') return true
    return value.op === 'weight' && isWithin(holderOf(value.attributes.name), path)
  }
}

/** The longest path that contains both. */
function commonPath(a: string, b: string): string {
  const [left, right] = [a.split('.'), b.split('.')]
  let same = 0
  while (same < left.length && left[same] === right[same]) same++
  return left.slice(0, same).join('.')
}
