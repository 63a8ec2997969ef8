/** Run, Why and Show above the stages of a program, also above those in a `for` or an `if`, and Run the tests above its tests. The editor carries them out in its terminal. */

import type { CodeLens } from 'vscode-languageserver'
import { placed } from '../../language/1-resolve/module.ts'
import { rangeOf } from '../places.ts'
import type { Workspace } from '../workspace.ts'

/** The commands that an editor has to know; each receives the URI of the program, and the name of the stage if it is about one. */
export const lensCommands = {
  run: 'llmpipe.run',
  why: 'llmpipe.why',
  show: 'llmpipe.show',
  test: 'llmpipe.test',
} as const

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
  const hasStages = placed(program.declarations).some(({ declaration: { type } }) => type === 'binding')
  if (first !== undefined && hasStages) add(first.span.start, 'Run all', lensCommands.run)
  for (const { span } of program.declarations.filter(({ type }) => type === 'test'))
    add(span.start, 'Run the tests', lensCommands.test)
  for (const { declaration } of placed(program.declarations)) {
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
