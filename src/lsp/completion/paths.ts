/** Completion of paths in strings, and of modules in imports. */

import { dirname, isAbsolute, join } from 'node:path/posix'
import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver'
import { targetOf } from '../../language/1-resolve/target.ts'
import type { Cursor } from '../cursor.ts'
import type { Workspace } from '../workspace.ts'
import { wordItem } from './items.ts'

/** The files and folders that can continue the path before the cursor. `wanted`: whether a file is offered. */
export function pathItems(
  workspace: Workspace,
  path: string,
  written: string,
  wanted: (name: string) => boolean,
): { readonly items: CompletionItem[]; readonly typed: string } {
  const slash = written.lastIndexOf('/') + 1
  const [folder, typed] = [written.slice(0, slash), written.slice(slash)]
  const from = isAbsolute(folder) ? folder : join(dirname(path), folder)
  const items = workspace.services
    .listFolder(from)
    .filter((name) => (typed.startsWith('.') || !name.startsWith('.')) && (name.endsWith('/') || wanted(name)))
    .map((name): CompletionItem => {
      if (!name.endsWith('/')) return wordItem(name, CompletionItemKind.File)
      const command = { title: 'Show the files', command: 'editor.action.triggerSuggest' }
      return { ...wordItem(name, CompletionItemKind.Folder), command }
    })
  return { items, typed }
}

/** The standard modules, behind `use std.`. */
export function moduleItems(workspace: Workspace, modules: readonly string[], withRoot: boolean): CompletionItem[] {
  return modules.map((name) => {
    const doc = workspace.parsed(`std:${name}`)?.program.doc
    return wordItem(withRoot ? `std.${name}` : name, CompletionItemKind.Module, 'standard module', doc)
  })
}

/** The names that an import can list. */
export function importItems(workspace: Workspace, path: string, { images, frames }: Cursor): CompletionItem[] {
  const brace = images.indexOf('{')
  const source = images.slice(1, brace).join('')
  const target = source.startsWith('"') ? source.slice(1, -1) : source
  const span = { file: path, start: 0, end: 0 }
  const file = source.startsWith('"')
    ? targetOf(path, { type: 'file', path: target, span }, (at) => workspace.read(at))
    : targetOf(path, { type: 'std', path: target.split('.'), span }, () => undefined)
  const declared = file === undefined ? undefined : workspace.declared(file)
  const custom = file === undefined ? [] : workspace.customExports(path, file)
  const given = new Set(frames.at(-1)?.given)
  const names = [...(declared?.values() ?? [])].map(({ name, sort, doc }) =>
    wordItem(name, CompletionItemKind.Function, sort, doc),
  )
  return [...names, ...custom.map((name) => wordItem(name, CompletionItemKind.Function, 'custom stage'))].filter(
    ({ label }) => !given.has(label),
  )
}
