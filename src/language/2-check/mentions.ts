/** The names that a piece of the syntax tree mentions as values. */

/** Every name in a tree, also in the holes of its texts; not those of settings, members and what is called. In the order of the text. */
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
