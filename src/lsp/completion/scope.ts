/**
 * The names in reach of the cursor while a file is being typed. What the declaration around the cursor binds is read from its tokens, and
 * what the file declares from its lines, because neither may have a tree yet; the last tree adds documentation and sorts.
 */

import type { Cursor } from '../cursor.ts'
import type { NameSymbol, SymbolSort } from '../names/symbol.ts'
import type { Workspace } from '../workspace.ts'

export interface NameInReach {
  readonly name: string
  readonly sort: SymbolSort
  /** The symbol of the last tree; absent for a name that was typed since. */
  readonly symbol?: NameSymbol
}

const declarationLine =
  /^[ \t]*(param|let|data|tokenizer|model|stage|filter|op|block)[ \t]+([A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*)[ \t]*([(=]?)/gm
const importLine = /^use[ \t]+\S+[ \t]*\{([^{}]*)/gm

/** The names that a file declares or imports, by name. */
export function namesOfFile(workspace: Workspace, path: string, text: string): Map<string, NameInReach> {
  const known = workspace.lastNames(path)?.scope
  const found = new Map<string, NameInReach>()
  const add = (name: string, sort: SymbolSort) => {
    const symbol = known?.get(name)
    found.set(name, symbol === undefined ? { name, sort } : { name, sort: symbol.sort, symbol })
  }
  for (const [, names = ''] of text.matchAll(importLine))
    for (const entry of names.split(',')) {
      const name = /(\w+)\s*$/.exec(entry)?.[1]
      if (name !== undefined) add(name, 'lost')
    }
  for (const [, keyword = '', names = '', sign = ''] of text.matchAll(declarationLine)) {
    const sort = sign === '(' ? sortOfCallable(keyword) : (keyword as SymbolSort)
    for (const name of names.split(',')) add(name.trim(), sort)
  }
  return found
}

/** The sort of a declaration with parameters. */
function sortOfCallable(keyword: string): SymbolSort {
  if (keyword === 'let') return 'function'
  return keyword === 'model' ? 'architecture' : (keyword as SymbolSort)
}

/** The parameters, variables and bindings that the declaration around the cursor has before it. */
export function localNames({ images }: Cursor): NameInReach[] {
  const found = new Map<string, NameInReach>()
  const add = (name: string | undefined, sort: SymbolSort) => {
    if (name !== undefined && isName(name)) found.set(name, { name, sort })
  }
  const header = headerOf(images)
  let depth = 0
  for (let at = header; at < images.length; at++) {
    const image = images[at] ?? ''
    if (opens(image)) {
      depth++
      if (depth === 1) add(images[at + 1], 'parameter')
    } else if (closes(image)) {
      if (--depth === 0) break
    } else if (image === ',' && depth === 1) add(images[at + 1], 'parameter')
  }
  for (const [at, image] of images.entries()) {
    if (image === 'for')
      for (let next = at + 1; next < images.length && images[next] !== '{'; next++)
        if (images[next + 1] === 'in' || (images[next + 1] === ',' && isName(images[next] ?? '')))
          add(images[next], 'variable')
    if (image === '=' && header < images.length && at > header && isInBody(images, at)) add(images[at - 1], 'local')
    if (image === 'as' && images[at + 2] === '{') add(images[at + 1], 'variable')
  }
  return [...found.values()]
}

/** The index of the parenthesis of the parameters; the number of tokens if the declaration has none. */
function headerOf(images: readonly string[]): number {
  const at = images.findIndex(
    (image, i) => image === '(' && /^(?:let|op|filter|block|model)$/.test(images[i - 2] ?? ''),
  )
  return at === -1 ? images.length : at
}

/** Whether a token is directly in the braces of a body. */
function isInBody(images: readonly string[], at: number): boolean {
  let depth = 0
  for (let i = at - 1; i >= 0; i--) {
    const image = images[i] ?? ''
    if (closes(image)) depth++
    else if (opens(image)) {
      if (depth === 0) return image === '{'
      depth--
    }
  }
  return false
}

function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text)
}

function opens(image: string): boolean {
  return image === '(' || image === '[' || image === '{'
}

function closes(image: string): boolean {
  return image === ')' || image === ']' || image === '}'
}
