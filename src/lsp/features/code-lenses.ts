/** Run, Why and Show above the stages of a program. The editor carries them out in its terminal. */

import type { CodeLens } from 'vscode-languageserver'
import { rangeOf } from '../places.ts'
import type { Workspace } from '../workspace.ts'

/** The commands that an editor has to know; each receives the URI of the program and the name of the stage. */
export const lensCommands = { run: 'llmpipe.run', why: 'llmpipe.why', show: 'llmpipe.show' } as const

export function codeLenses(workspace: Workspace, path: string): CodeLens[] {
  const document = workspace.document(path)
  const program = workspace.parsed(path)?.program
  if (
    document === undefined ||
    program === undefined ||
    path.startsWith('std:') ||
    document.uri.startsWith('untitled:')
  )
    return []
  const { uri } = document
  const lenses: CodeLens[] = []
  const add = (start: number, title: string, command: string, stage?: string) => {
    const range = rangeOf(document, { start, end: start })
    lenses.push({ range, command: { title, command, arguments: stage === undefined ? [uri] : [uri, stage] } })
  }
  const [first] = program.declarations.filter(({ type }) => type !== 'use')
  const hasStages = program.declarations.some(({ type }) => type === 'binding' || type === 'for')
  if (first !== undefined && hasStages) add(first.span.start, 'Run all', lensCommands.run)
  for (const declaration of program.declarations) {
    const isStage = declaration.type === 'binding' && declaration.keyword !== 'model'
    const [name] = isStage ? declaration.names : []
    if (name === undefined || name.name === '') continue
    const { start } = declaration.span
    add(start, 'Run', lensCommands.run, name.name)
    add(start, 'Why', lensCommands.why, name.name)
    add(start, 'Show', lensCommands.show, name.name)
  }
  return lenses
}
