/** The field `exports` of a package.json: the files that a package offers, as Node resolves them (nodejs.org/api/packages.html). */

import { isObject } from '../../core/values/shape.ts'

/** The conditions that hold. The first key of an object that is among them counts, whatever the order here. */
const conditions: ReadonlySet<string> = new Set(['llmpipe', 'import', 'node', 'default'])

/** The file that `exports` has for a path in the package (`.`, `./clean`), as `./recipes/clean.llmpipe`; `undefined` if it has none. */
export function exportedFile(exports: unknown, path: string): string | undefined {
  const isMap = isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
  const map = isMap ? exports : { '.': exports }
  if (Object.hasOwn(map, path) && !path.includes('*')) return target(map[path], '')
  const patterns = Object.keys(map)
    .filter((key) => key.split('*').length === 2)
    .filter((key) => {
      const [before = '', behind = ''] = key.split('*')
      return path.startsWith(before) && path !== before && path.endsWith(behind) && path.length >= key.length
    })
    // The pattern with the longest beginning counts, and of several the longest.
    .sort((a, b) => b.indexOf('*') - a.indexOf('*') || b.length - a.length)
  const [key] = patterns
  if (key === undefined) return undefined
  const [before = '', behind = ''] = key.split('*')
  return target(map[key], path.slice(before.length, path.length - behind.length))
}

/** The file of an entry, with `star` for each `*`. `null` excludes a path. */
function target(entry: unknown, star: string): string | undefined {
  if (typeof entry === 'string') {
    const file = entry.replaceAll('*', star)
    const leaves = file
      .split(/[/\\]/)
      .slice(1)
      .some((part) => part === '..' || part === '.' || part === 'node_modules')
    return file.startsWith('./') && !leaves ? file : undefined
  }
  if (Array.isArray(entry)) return entry.map((each) => target(each, star)).find((each) => each !== undefined)
  if (!isObject(entry)) return undefined
  for (const [condition, value] of Object.entries(entry)) {
    if (!conditions.has(condition)) continue
    if (value === null) return undefined
    const found = target(value, star)
    if (found !== undefined) return found
  }
  return undefined
}
