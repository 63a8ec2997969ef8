/** Edits that import a name of a standard module. */

/** A replacement of a piece of a text. */
export interface Replacement {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The edit that imports `name` from `module` (`std.clean`): into an import of the module, or on a new line below the other imports. */
export function importOf(text: string, module: string, name: string): Replacement {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  let behind = 0
  for (const found of text.matchAll(/^use[ \t]+(\S+)[ \t]*\{([^{}]*)\}[^\n]*(?:\n|$)/gm)) {
    const [whole, source, names = ''] = found
    behind = found.index + whole.length
    if (source !== module) continue
    const end = found.index + whole.indexOf('{') + 1 + names.trimEnd().length
    const comma = names.trim() === '' ? ' ' : names.trimEnd().endsWith(',') ? ' ' : ', '
    const space = names.trim() === '' ? ' ' : ''
    return { start: end, end, text: `${comma}${name}${names.trim() === '' ? space : ''}` }
  }
  const line = `use ${module} { ${name} }${eol}`
  if (behind > 0) {
    const isClosed = text[behind - 1] === '\n'
    return { start: behind, end: behind, text: isClosed ? line : `${eol}${line}` }
  }
  const start = afterHead(text)
  return { start, end: start, text: `${line}${eol}` }
}

/** The offset behind the comment that documents the file, or of the first line. */
function afterHead(text: string): number {
  const head = /^(?:\ufeff)?(?:[ \t]*\/\/[^\n]*\n)+[ \t]*\r?\n/.exec(text)?.[0] ?? ''
  return head.length
}
