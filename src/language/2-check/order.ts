/**
 * Orders the declarations of a module. A declaration is evaluated when another one first needs it; in a chain of thousands, this
 * recursion would be thousands deep.
 */

import { entriesOf, type Module, type ModuleEntry } from '../1-resolve/module.ts'
import { mentions } from './mentions.ts'

/** The greatest depth of declarations that wait for each other. */
const maxWaiting = 60

/**
 * An entry of each declaration in a module, behind those of the declarations that it refers to; empty if no chain of declarations is
 * long.
 */
export function chainOrder({ scope }: Module): readonly ModuleEntry[] {
  const depths = new Map<object, number>()
  const order: ModuleEntry[] = []
  let deepest = 0
  for (const start of scope.values()) {
    const path: { readonly entry: ModuleEntry; readonly todo: ModuleEntry[]; depth: number }[] = []
    const enter = (entry: ModuleEntry) => {
      depths.set(nodeOf(entry), 0)
      path.push({ entry, todo: mentioned(entry), depth: 0 })
    }
    if (!depths.has(nodeOf(start))) enter(start)
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const next = at.todo.pop()
      if (next === undefined) {
        path.pop()
        depths.set(nodeOf(at.entry), at.depth)
        order.push(at.entry)
        deepest = Math.max(deepest, at.depth)
        const outer = path.at(-1)
        if (outer) outer.depth = Math.max(outer.depth, at.depth + 1)
      } else {
        const known = depths.get(nodeOf(next))
        if (known === undefined) enter(next)
        else at.depth = Math.max(at.depth, known + 1)
      }
    }
  }
  return deepest > maxWaiting ? order : []

  function mentioned(entry: ModuleEntry): ModuleEntry[] {
    if (entry.declaration === undefined || entry.imported) return []
    const names = entriesOf(entry).flatMap(({ declaration }) => [...mentions(declaration)])
    return names.flatMap((name) => scope.get(name) ?? []).reverse()
  }
}

/** The names of one declaration are evaluated together. */
function nodeOf(entry: ModuleEntry): object {
  return entry.declaration ?? entry
}
