/** Inlay hints: the sizes of models, the shapes of tensors in architectures, and the tokens that a training sees. */

import { type InlayHint, InlayHintKind, type Range } from 'vscode-languageserver'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { Span } from '../../../grammar/span.ts'
import type { BindingDeclaration, CallExpression, Expression, Identifier, Statement } from '../../../grammar/syntax.ts'
import { type Mixture, mixName, phaseStart } from '../../core/kind/mixture.ts'
import { placed } from '../../language/1-resolve/module.ts'
import type { CheckedCall, TypedProgram } from '../../language/program.ts'
import { parametersInWords } from '../model-size.ts'
import type { StageState } from '../services.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Workspace } from '../workspace.ts'

/** The hints in a range. `states`: the records of the stages in the store, by name: they have the tokens of encoded sources. */
export function inlayHints(
  workspace: Workspace,
  path: string,
  range: Range,
  states: ReadonlyMap<string, StageState> = new Map(),
): InlayHint[] {
  const document = workspace.document(path)
  const program = workspace.parsed(path)?.program
  if (document === undefined || program === undefined) return []
  const snapshot = workspace.snapshot(path)
  const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)]
  return placed(program.declarations).flatMap(({ declaration }): InlayHint[] => {
    if (declaration.span.end < from || declaration.span.start > to) return []
    if (declaration.type === 'block' || declaration.type === 'model') {
      const names = [
        ...declaration.parameters.filter(({ shape }) => !shape).map(({ name }) => name),
        ...boundIn(declaration.body),
      ]
      return names.flatMap(({ span }) => shapeHint(document, snapshot, span))
    }
    if (declaration.type !== 'binding') return []
    const [name] = declaration.names
    if (name === undefined) return []
    const fact = snapshot.typeOf(name.span)
    const sources = ofMixtures(snapshot, declaration, states).map(
      ({ at, label }): InlayHint => ({
        position: document.positionAt(at),
        label,
        kind: InlayHintKind.Parameter,
        paddingLeft: true,
      }),
    )
    const label = fact?.model === undefined ? trainedTokens(snapshot, name.name) : parametersInWords(fact.model)
    if (label === undefined) return sources
    return [
      ...sources,
      {
        position: document.positionAt(name.span.end),
        label: `: ${label}`,
        kind: InlayHintKind.Type,
        paddingLeft: false,
      },
    ]
  })
}

/** The names that the statements of a body bind. */
function boundIn(body: readonly Statement[]): readonly Identifier[] {
  return body.flatMap((statement) => {
    if (statement.type === 'repeat') return boundIn(statement.body)
    return statement.type === 'assign' ? statement.names : []
  })
}

/** How many shapes a hint shows of a name that has several. */
const maxShapes = 2

/** The shape of a tensor behind its name: `[batch, time, 64]`; of a body that runs with several, `[batch, time, 64] or [batch, time, 256]`. */
function shapeHint(document: TextDocument, snapshot: Snapshot, span: Span): InlayHint[] {
  const shapes = snapshot.shapesOf(span)
  if (shapes.length === 0) return []
  const shown = shapes.slice(0, maxShapes).join(' or ')
  return [
    {
      position: document.positionAt(span.end),
      label: `: ${shown}${shapes.length > maxShapes ? ' or …' : ''}`,
      kind: InlayHintKind.Type,
      paddingLeft: false,
      ...(shapes.length > maxShapes ? { tooltip: shapes.join('\n') } : {}),
    },
  ]
}

/** The tokens that each source of a mixture gives, and their epochs if the source is encoded: `2.1M tokens, 1.3 epochs`. */
function ofMixtures(
  { program }: Snapshot,
  { names, value }: BindingDeclaration,
  states: ReadonlyMap<string, StageState>,
): { readonly at: number; readonly label: string }[] {
  const call = program?.calls.find((each) => each.names.includes(names[0]?.name ?? ''))
  const mixture = call?.params.on as unknown as Mixture | undefined
  const sources = (call?.params.$on ?? []) as readonly string[]
  const whole = call === undefined ? undefined : sizeOf(program, call)
  if (mixture?.phases === undefined || whole === undefined) return []
  return mixesIn(value).flatMap((mix, i) => {
    const phase = mixture.phases[i]
    if (phase === undefined) return []
    const next = mixture.phases[i + 1]
    const steps = (next === undefined ? whole.steps : phaseStart(next, whole.steps)) - phaseStart(phase, whole.steps)
    return mix.arguments.flatMap(({ name, value: share }) => {
      const part = phase.shares[sources.indexOf(name?.name ?? '')]
      if (name === undefined || part === undefined || part === 0) return []
      const tokens = part * steps * whole.perStep
      const there = states.get(name.name)?.metrics.tokens
      const epochs = there === undefined ? '' : `, ${(tokens / there).toFixed(2)} epochs`
      return [{ at: share.span.end, label: `${inShort(Math.round(tokens))} tokens${epochs}` }]
    })
  })
}

/** The calls of `mix` in an expression, from left to right. */
function mixesIn(value: Expression): CallExpression[] {
  switch (value.type) {
    case 'pipe':
      return [...mixesIn(value.left), ...mixesIn(value.right)]
    case 'list':
      return value.items.flatMap(mixesIn)
    case 'call':
      if (value.callee.name === mixName) return [value]
      return [...value.arguments, ...(value.block ?? [])].flatMap((each) => mixesIn(each.value))
    default:
      return []
  }
}

/** The tokens that a training sees, `4.1M tokens`; `undefined` if they are not known before the run. */
function trainedTokens({ program }: Snapshot, name: string): string | undefined {
  const call = program?.calls.find(({ names }) => names.includes(name))
  const { epochs, batch } = call?.params ?? {}
  if (typeof epochs === 'number' && typeof batch === 'number') return `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`
  const size = call && sizeOf(program, call)
  return size === undefined ? undefined : `${inShort(size.steps * size.perStep)} tokens`
}

/** The steps of a training, and the tokens in each; `undefined` if they are not known before the run. */
function sizeOf(
  program: TypedProgram | undefined,
  { params }: CheckedCall,
): { readonly steps: number; readonly perStep: number } | undefined {
  const { steps, batch, context, accumulate = 1, model } = params
  const digest = model !== null && typeof model === 'object' && 'model' in model ? String(model.model) : undefined
  const time =
    typeof context === 'number' ? context : digest === undefined ? undefined : program?.models[digest]?.context
  if (typeof steps !== 'number' || typeof batch !== 'number' || time === undefined) return undefined
  return { steps, perStep: batch * time * (typeof accumulate === 'number' ? accumulate : 1) }
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
