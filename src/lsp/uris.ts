/**
 * The names that editors give to documents (URIs), and the paths by which the compiler knows them.
 *
 * A path has forward slashes on every system (`/home/ada/a.llmpipe`, `c:/work/a.llmpipe`), because the compiler joins the paths of
 * imports with forward slashes. A document that was never saved (`untitled:Untitled-1`) has a path in the first folder of the workspace, so
 * that its imports are found from there. The sources of the standard modules have the path `std:NAME`.
 */

/** The path of a URI; `undefined` for a scheme that has no files, or a URI that cannot be decoded. `root`: the first folder. */
export function pathOf(uri: string, root = ''): string | undefined {
  const [, scheme = '', named = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri) ?? []
  const decoded = decode(named.replace(/[?#].*$/s, ''))
  if (decoded === undefined) return undefined
  switch (scheme.toLowerCase()) {
    case 'file': {
      const [, host = '', below = '', local = ''] = /^\/\/([^/]*)(\/.*)$|^(\/(?!\/).*)$/s.exec(decoded) ?? []
      const path = below === '' ? local : below
      if (path === '') return undefined
      if (host !== '' && host.toLowerCase() !== 'localhost') return `//${host}${path}`
      const [, drive, rest = ''] = /^\/([A-Za-z]):(.*)$/s.exec(path) ?? []
      return drive === undefined ? path : `${drive.toLowerCase()}:${rest === '' ? '/' : rest}`
    }
    case 'untitled':
      // The colon keeps the path apart from those of files that an editor may save later.
      return `${root}${root === '' || root.endsWith('/') ? '' : '/'}untitled:${decoded.replace(/^\/+/, '')}`
    default:
      return undefined
  }
}

/** The URI of a path, as VS Code writes it. */
export function uriOf(path: string): string {
  const [, host, below] = /^\/\/([^/]+)(\/.*)$/s.exec(path) ?? []
  if (host !== undefined && below !== undefined) return `file://${host}${encode(below)}`
  const absolute = path.startsWith('/') ? path : `/${path}`
  return `file://${encode(absolute)}`
}

/** A path of the system with forward slashes. */
export function withSlashes(path: string): string {
  const plain = /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\\\') ? path.replaceAll('\\', '/') : path
  return plain.replace(/^([A-Za-z]):/, (_, drive: string) => `${drive.toLowerCase()}:`)
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that begins no encoded character.
    return undefined
  }
}

function encode(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`))
    .join('/')
}
