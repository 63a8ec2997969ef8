/** Finds the names that a part of the syntax tree refers to. */

import type { CallExpression } from '../../../grammar/syntax.ts'
import { mixName } from '../../core/kind/mixture.ts'

/**
 * Every name that a tree uses as a value, those in holes of strings included, in the order of the text. Names of settings, members and
 * callees are not among them, except in a mixture: `mix(web: 70%)` uses `web`.
 */
export function mentions(node: unknown): ReadonlySet<string> {
  if (typeof node !== 'object' || node === null) return namesIn(node)
  const found = known.get(node) ?? namesIn(node)
  known.set(node, found)
  return found
}

/** The names of trees that were searched before: an editor checks a program again in which most declarations are the same objects. */
const known = new WeakMap<object, ReadonlySet<string>>()

function namesIn(node: unknown): Set<string> {
  const found = new Set<string>()
  const todo: unknown[] = [node]
  while (todo.length > 0) {
    const at = todo.pop()
    if (Array.isArray(at)) for (let i = at.length - 1; i >= 0; i--) todo.push(at[i])
    else if (typeof at === 'object' && at !== null) {
      const { type, name } = at as { readonly type?: unknown; readonly name?: unknown }
      if (type === 'name' && typeof name === 'string') found.add(name)
      else {
        if (type === 'call') for (const source of sourcesOf(at as CallExpression)) found.add(source)
        todo.push(...Object.values(at).reverse())
      }
    }
  }
  return found
}

/** The names of the arguments of a mixture, most of which are corpora. */
function sourcesOf({ callee, arguments: inside, block = [] }: CallExpression): readonly string[] {
  if (callee.name !== mixName) return []
  return [...inside, ...block].flatMap(({ name }) => (name === undefined ? [] : [name.name]))
}
