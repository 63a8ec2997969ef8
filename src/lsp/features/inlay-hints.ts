/** Inlay hints: the sizes of models, and the tokens that a training sees. */

import { type InlayHint, InlayHintKind, type Range } from 'vscode-languageserver'
import { placed } from '../../language/1-resolve/module.ts'
import { parametersInWords } from '../model-size.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Workspace } from '../workspace.ts'

export function inlayHints(workspace: Workspace, path: string, range: Range): InlayHint[] {
  const document = workspace.document(path)
  const program = workspace.parsed(path)?.program
  if (document === undefined || program === undefined) return []
  const snapshot = workspace.snapshot(path)
  const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)]
  return placed(program.declarations).flatMap(({ declaration }): InlayHint[] => {
    if (declaration.type !== 'binding' || declaration.span.end < from || declaration.span.start > to) return []
    const [name] = declaration.names
    if (name === undefined) return []
    const fact = snapshot.typeOf(name.span)
    const label = fact?.model === undefined ? trainedTokens(snapshot, name.name) : parametersInWords(fact.model)
    if (label === undefined) return []
    return [
      {
        position: document.positionAt(name.span.end),
        label: `: ${label}`,
        kind: InlayHintKind.Type,
        paddingLeft: false,
      },
    ]
  })
}

/** The tokens that a training sees, `4.1M tokens`; `undefined` if they are not known before the run. */
function trainedTokens({ program }: Snapshot, name: string): string | undefined {
  const call = program?.calls.find(({ names }) => names.includes(name))
  const { steps, batch, context, accumulate = 1, model } = call?.params ?? {}
  const digest = model !== null && typeof model === 'object' && 'model' in model ? String(model.model) : undefined
  const time =
    typeof context === 'number' ? context : digest === undefined ? undefined : program?.models[digest]?.context
  if (typeof steps !== 'number' || typeof batch !== 'number' || time === undefined) return undefined
  return `${inShort(steps * batch * time * (typeof accumulate === 'number' ? accumulate : 1))} tokens`
}

function inShort(value: number): string {
  for (const [scale, suffix] of [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (value >= scale) return `${(value / scale).toPrecision(3)}${suffix}`
  return String(value)
}
