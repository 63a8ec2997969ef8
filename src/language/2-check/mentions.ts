/** Finds the names that a part of the syntax tree refers to. */

/**
 * Every name that a tree uses as a value, those in holes of strings included, in the order of the text. Names of settings, members and
 * callees are not among them.
 */
export function mentions(node: unknown): Set<string> {
  const found = new Set<string>()
  const todo: unknown[] = [node]
  while (todo.length > 0) {
    const at = todo.pop()
    if (Array.isArray(at)) for (let i = at.length - 1; i >= 0; i--) todo.push(at[i])
    else if (typeof at === 'object' && at !== null) {
      const { type, name } = at as { readonly type?: unknown; readonly name?: unknown }
      if (type === 'name' && typeof name === 'string') found.add(name)
      else todo.push(...Object.values(at).reverse())
    }
  }
  return found
}
