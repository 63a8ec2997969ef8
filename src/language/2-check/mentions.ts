/** The names that a piece of the syntax tree mentions as values. */

/** Every name in a tree, also in the holes of its texts; not those of settings, members and what is called. */
export function mentions(node: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(node)) for (const item of node) mentions(item, found)
  else if (typeof node === 'object' && node !== null) {
    const { type, name } = node as { readonly type?: unknown; readonly name?: unknown }
    if (type === 'name' && typeof name === 'string') found.add(name)
    else for (const child of Object.values(node)) mentions(child, found)
  }
  return found
}
