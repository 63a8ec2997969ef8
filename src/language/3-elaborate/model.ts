/** The third pass: makes a tensor graph of an architecture and its arguments. */

import type { Span } from '../../../grammar/span.ts'
import type { Parameter } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Json } from '../../core/values/json.ts'
import { GraphBuilder } from '../../model/build.ts'
import { lookahead } from '../../model/causality.ts'
import { needsAllTokens } from '../../model/generates.ts'
import type { Graph } from '../../model/graph.ts'
import { showShape } from '../../model/shape.ts'
import { termOutput } from '../../model/training/loss.ts'
import type { ElaborateModel } from '../2-check/env.ts'
import * as say from '../messages/models.generated.ts'
import { type Frame, report, runBody } from './body.ts'
import { defaultOf, hasStatedType } from './call.ts'
import { WeightPath } from './naming.ts'
import { inWords, type Value } from './values.ts'

/**
 * Elaborates `declaration`. Parameters without an argument have their defaults. The graph takes `tokens` [batch, time], and
 * `positions` [batch, time] if the architecture uses them, and computes `logits` [batch, time, vocab].
 */
export const elaborateModel: ElaborateModel = (declaration, scope, args, at) => {
  const builder = new GraphBuilder()
  const frame: Frame = {
    work: { builder, scope, diagnostics: [], origins: new Map(), terms: new Map(), shapes: new Map(), statements: 0 },
    values: new Map(),
    path: new WeightPath(),
    file: declaration.span.file,
    through: [],
  }
  const { diagnostics, origins, shapes } = frame.work
  const { name } = declaration.name
  const refused = () => ({
    diagnostics: once(diagnostics).map((diagnostic) => pointingAt(diagnostic, at, name)),
    shapes,
  })
  const passed: Record<string, Json> = {}
  let unscaled = false
  for (const parameter of declaration.parameters) {
    const given = args.get(parameter.name.name)
    if (given === undefined && parameter.default === undefined) continue
    const value = given === undefined ? defaultOf(frame, parameter) : fromArgument(given)
    const place = given === undefined ? parameter.default!.span : at
    frame.values.set(parameter.name.name, value)
    if (value.type === 'unknown' || !hasStatedType(frame, parameter, name, { value, span: place })) continue
    if (parameter.name.name === 'scaling' && isOff(parameter, value)) unscaled = true
    if ('value' in value && !isOff(parameter, value) && !(unscaled && ofScaling.has(parameter.name.name)))
      passed[parameter.name.name] = value.value
  }
  for (const parameter of ['vocab', 'context'])
    if (!declaration.parameters.some((each) => each.name.name === parameter))
      diagnostics.push(say.noSuchParameter(declaration.name.span, { name, parameter }))
  const vocab = frame.values.get('vocab')
  const context = frame.values.get('context')
  if (diagnostics.length > 0 || vocab === undefined || context === undefined) return refused()
  for (const [what, value] of Object.entries({ vocab, context }))
    if (!isSize(value) && !(what === 'vocab' && value.type === 'size'))
      diagnostics.push(say.notASize(at, { what: `\`${what}\``, got: inWords(value) }))
  if (diagnostics.length > 0) return refused()

  for (const input of ['tokens', 'positions']) {
    const shape = ['batch', 'time']
    if (frame.values.has(input)) continue
    const node = builder.input(input, shape, 'int32')
    frame.values.set(input, { type: 'tensor', node, shape, ids: true })
  }
  frame.values.set('batch', { type: 'size', symbol: 'batch' })
  frame.values.set('time', { type: 'size', symbol: 'time' })
  const logits = runBody(frame, declaration.body, declaration.name)
  if (logits.type === 'unknown' || diagnostics.length > 0) return refused()
  const size = vocab.type === 'number' ? vocab.value : 'vocab'
  const wanted = showShape(['batch', 'time', size])
  if (logits.type !== 'tensor' || showShape(logits.shape) !== wanted) {
    const shape = logits.type === 'tensor' ? showShape(logits.shape) : inWords(logits)
    report(frame, say.wrongLogits(declaration.body.at(-1)!.span, { name, shape, vocab: String(size) }))
    return refused()
  }
  const ahead = lookahead(builder.nodes, logits.node)
  if (ahead !== undefined) {
    reportLookahead(frame, ahead, name, declaration.body.at(-1)!.span)
    return refused()
  }
  const terms = [...frame.work.terms].map(([term, node]) => [termOutput(term), node] as const)
  const graph = builder.finish({ logits: logits.node, ...Object.fromEntries(terms) })
  const stuck = needsAllTokens(builder.nodes, logits.node)
  if (stuck !== undefined) {
    const origin = origins.get(stuck)
    const operation = `this ${builder.nodes[stuck]!.op}`
    report(origin?.frame ?? frame, say.needsAllTokens(origin?.span ?? declaration.name.span, { name, operation }))
    return refused()
  }
  reportUnusedWeights(frame, graph)
  return {
    spec: { $name: name, $arguments: passed, vocab: size, context: (context as { value: number }).value, graph },
    diagnostics,
    shapes,
  }
}

/** Warns of weights that the logits do not depend on, once for each place in the source. */
function reportUnusedWeights(frame: Frame, { weights }: Graph): void {
  const used = new Set(weights.map(({ name }) => name))
  const places = new Set<string>()
  for (const [node, origin] of frame.work.origins) {
    const made = frame.work.builder.nodes[node]!
    if (made.op !== 'weight' || used.has(made.attributes.name)) continue
    const { span } = origin
    const place = `${span.file} ${span.start} ${span.end}`
    if (!places.has(place)) report(origin.frame, say.unusedWeight(span, { name: made.attributes.name }))
    places.add(place)
  }
}

/** Reports the operation that mixes in later tokens, the node with the index `ahead`. */
function reportLookahead(frame: Frame, ahead: number, name: string, at: Span): void {
  const { builder, origins } = frame.work
  const { op } = builder.nodes[ahead]!
  const origin = origins.get(ahead)
  const help =
    op === 'attention'
      ? 'Write `causal: true`, or leave it out: it is the default.'
      : 'Mix positions with `scaled_dot_product`, which lets each position see itself and earlier ones only.'
  const words = { name, operation: op === 'attention' ? 'this attention' : `this ${op}` }
  report(origin?.frame ?? frame, say.seesTheFuture(origin?.span ?? at, words, { help }))
}

/** Diagnostics with each error of shapes once: an error in the heads of queries occurs in those of keys and values too. */
function once(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const { code } = say.shapesDoNotFit({ file: '', start: 0, end: 0 }, { problem: '' })
  return diagnostics.filter(
    (each, i) => each.code !== code || diagnostics.findIndex(({ message }) => message === each.message) === i,
  )
}

/** Adds the call of the architecture to a diagnostic, since an argument of the call is often the cause. */
function pointingAt(diagnostic: Diagnostic, at: Span, name: string): Diagnostic {
  if (diagnostic.span === at) return diagnostic
  const related = [...(diagnostic.related ?? []), { span: at, label: `in this call of \`${name}\`` }]
  return { ...diagnostic, related }
}

/**
 * Whether a parameter is a switch that is off by default, and is off: `tied: false`, `scaling: "none"`, `balance: 0`. It is recorded only if
 * it is on, so that an architecture that gains a switch still makes the same bytes.
 */
function isOff({ name, default: usual }: Parameter, value: Value): boolean {
  if (usual?.type === 'boolean') return !usual.value && value.type === 'boolean' && !value.value
  if (name.name === 'scaling') return usual?.type === 'string' && usual.text === '"none"' && isNone(value)
  return name.name === 'balance' && value.type === 'number' && value.value === 0
}

/** Parameters of scaled rotary positions. If `scaling` is off, they mean nothing, and are not recorded either. */
const ofScaling: ReadonlySet<string> = new Set(['factor', 'original', 'low', 'high'])

function isNone(value: Value): boolean {
  return value.type === 'word' && value.value === 'none'
}

function isSize(value: Value): boolean {
  return value.type === 'number' && Number.isInteger(value.value) && value.value > 0
}

function fromArgument(argument: number | boolean | string | { readonly symbol: 'vocab' }): Value {
  if (typeof argument === 'object') return { type: 'size', symbol: argument.symbol }
  if (typeof argument === 'number') return { type: 'number', value: argument }
  if (typeof argument === 'boolean') return { type: 'boolean', value: argument }
  return { type: 'word', value: argument }
}
