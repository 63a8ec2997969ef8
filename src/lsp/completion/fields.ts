/** The fields of the records that a call works on, as the first record of the file has them. */

import { dirname, isAbsolute, join } from 'node:path/posix'
import type { Expression, Program } from '../../../grammar/syntax.ts'
import type { Workspace } from '../workspace.ts'

/** The names that are followed from a binding to the file that it is read from. */
const mostNames = 8

/**
 * The names of the fields; empty if the file cannot be found or read. `images` are the tokens of the declaration before the cursor: a `read("…")`
 * among them, or the first name behind `=`, leads to the file.
 */
export function recordFields(workspace: Workspace, path: string, images: readonly string[]): readonly string[] {
  const read = images.findLastIndex((image, i) => image === 'read' && images[i + 1] === '(')
  const program = workspace.parsed(path)?.program
  const written = read === -1 ? undefined : /^"(.*)"$/.exec(images[read + 2] ?? '')?.[1]
  const start = images[images.indexOf('=') + 1]
  const pattern = written ?? (program && start ? patternOf(program, start, mostNames) : undefined)
  const file = pattern === undefined ? undefined : fileOf(workspace, path, pattern)
  return file === undefined ? [] : fieldsIn(workspace.services.headOf(file) ?? '', file)
}

/** The pattern that the binding `name` is read from. */
function patternOf(program: Program, name: string, names: number): string | undefined {
  const binding = program.declarations.find(
    (each) => each.type === 'binding' && each.names.some((bound) => bound.name === name),
  )
  let at: Expression | undefined = binding?.type === 'binding' ? binding.value : undefined
  while (at?.type === 'pipe') at = at.left
  if (at?.type === 'name') return names === 0 ? undefined : patternOf(program, at.name, names - 1)
  const [first] = at?.type === 'call' && at.callee.name === 'read' ? at.arguments : []
  const value = first?.value.type === 'list' ? first.value.items[0] : first?.value
  return value?.type === 'string' ? value.text.slice(1, -1) : undefined
}

/** The first file of a pattern whose last part may have `*`. */
function fileOf({ services }: Workspace, path: string, pattern: string): string | undefined {
  const whole = isAbsolute(pattern) ? pattern : join(dirname(path), pattern)
  if (!whole.includes('*')) return whole
  const folder = dirname(whole)
  const parts = whole.slice(folder.length + 1).split('*')
  const wanted = new RegExp(`^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
  const [name] = services.listFolder(folder).filter((each) => wanted.test(each))
  return name === undefined ? undefined : join(folder, name)
}

/** The fields of the first record of a text of JSON lines, CSV or TSV. */
function fieldsIn(head: string, file: string): readonly string[] {
  const [line = ''] = head.replace(/^\ufeff/, '').split(/\r?\n/)
  if (/\.[ct]sv$/i.test(file))
    return line.split(/\.tsv$/i.test(file) ? '\t' : ',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
  try {
    const record: unknown = JSON.parse(line)
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? Object.keys(record) : []
  } catch {
    return []
  }
}
