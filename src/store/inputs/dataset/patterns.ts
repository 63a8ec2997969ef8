/** Patterns of files as the library `datasets` understands them (fsspec): with `[…]`, and `**` for any number of folders. */

/** The paths that a pattern matches. Hidden names and those of `__folders__` match only a pattern that has as many of them. */
export function matchAll(pattern: string, paths: readonly string[]): string[] {
  const plain = pattern.replace(/^(?:\.\/)+/, '')
  const expression = expressionOf(plain)
  return paths.filter(
    (path) =>
      expression.test(path) &&
      hiddenParts(path) === hiddenParts(plain) &&
      specialFolders(path) === specialFolders(plain) &&
      (!ignored.has(basename(path)) || basename(path) === basename(plain)),
  )
}

/** Files that describe a data set. */
const ignored: ReadonlySet<string> = new Set([
  'README.md',
  'config.json',
  'dataset_info.json',
  'dataset_infos.json',
  'dummy_data.zip',
  'dataset_dict.json',
])

const basename = (path: string) => path.slice(path.lastIndexOf('/') + 1)
const hiddenParts = (path: string) => path.split('/').filter((part) => /^\.(?!\.?$)/.test(part)).length
const specialFolders = (path: string) =>
  path
    .split('/')
    .slice(0, -1)
    .filter((part) => part.startsWith('__')).length

function expressionOf(pattern: string): RegExp {
  const segments = pattern.split('/')
  const source = segments.map((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '**') return isLast ? '.+' : '(?:[^/]+/)*'
    const own = segment.replace(/\[!?\]?[^\]]*\]|[\s\S]/gu, (part) => {
      if (/^\*/.test(part)) return '[^/]*'
      if (part === '?') return '[^/]'
      if (part.length > 1 && part.startsWith('['))
        return `[${part
          .slice(1, -1)
          .replace(/^!/, '^')
          .replace(/[\\\]]/g, '\\$&')}]`
      return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    })
    return isLast ? own : `${own}/`
  })
  return new RegExp(`^${source.join('')}$`, 'su')
}
