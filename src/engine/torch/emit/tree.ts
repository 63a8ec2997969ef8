/** The tree of modules that the names of weights spell: which paths are classes, which are lists of equal parts, which are small modules. */

import type { Graph } from '../../../model/graph.ts'
import { numeric } from '../../../model/shape.ts'
import type { WithLeaves } from './leaves.ts'

/** A module: the model itself, a part of it, or a list of parts. */
export interface ModuleNode {
  /** `layers.3.attention`; empty for the model itself. */
  readonly path: string
  readonly name: string
  /** Its own weights by their names below it. */
  readonly weights: Map<string, OwnWeight>
  readonly children: Map<string, ModuleNode>
}

export interface OwnWeight {
  readonly shape: readonly number[]
  /** Its place among all weights of the model. */
  readonly place: number
}

/** Whether a module only holds numbered parts, 0 to n − 1, as a `repeat` makes them. */
export function isList({ path, weights, children }: ModuleNode): boolean {
  return (
    path !== '' &&
    weights.size === 0 &&
    children.size > 0 &&
    [...children.keys()].every((name, i) => name === String(i))
  )
}

/** Whether a module only holds numbered parts, of which some have no weights and are missing. */
export function isSparseList(node: ModuleNode): boolean {
  const { path, weights, children } = node
  return path !== '' && weights.size === 0 && children.size > 0 && !isList(node) && [...children.keys()].every(isNumber)
}

const isNumber = (name: string) => /^\d+$/.test(name)

export class ModuleTree {
  readonly root: ModuleNode = node('', '')
  readonly #leaves: WithLeaves['leaves']
  readonly #nodes = new Map<string, ModuleNode>([['', this.root]])

  constructor({ weights }: Graph, leaves: WithLeaves['leaves']) {
    this.#leaves = leaves
    for (const [place, { name, shape }] of weights.entries()) this.#add(name, { shape: shape.map(numeric), place })
  }

  /** The leaf at a path, if there is one. */
  leaf(path: string) {
    return this.#leaves.get(path)
  }

  at(path: string): ModuleNode {
    return this.#nodes.get(path)!
  }

  /** The part that a value of a scope belongs to: the innermost that is neither a list nor a small module. */
  owner(scope: string): string {
    const parts = scope === '' ? [] : scope.split('.')
    let path = ''
    let owner = ''
    for (const part of parts) {
      path = join(path, part)
      const found = this.#nodes.get(path)
      if (found === undefined || this.#leaves.has(path)) break
      if (!isList(found) && !isSparseList(found)) owner = path
    }
    return owner
  }

  /** The parts below `path`, directly or in lists: the candidates for calls in its `forward`. */
  parts(path: string): string[] {
    return [...this.at(path).children.values()].flatMap((child) => {
      if (this.#leaves.has(child.path)) return []
      return isList(child) || isSparseList(child) ? this.parts(child.path) : [child.path]
    })
  }

  #add(name: string, weight: OwnWeight): void {
    const parts = name.split('.')
    let at = this.root
    for (const part of parts.slice(0, -1)) {
      const path = join(at.path, part)
      const child = at.children.get(part) ?? node(path, part)
      at.children.set(part, child)
      this.#nodes.set(path, child)
      at = child
    }
    at.weights.set(parts.at(-1)!, weight)
  }
}

const node = (path: string, name: string): ModuleNode => ({ path, name, weights: new Map(), children: new Map() })

export const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)

/** Whether `path` is `above` or below it. */
export const isWithin = (path: string, above: string) => above === '' || path === above || path.startsWith(`${above}.`)

/** The path of the module that holds a weight. */
export const holderOf = (weight: string) => weight.split('.').slice(0, -1).join('.')
