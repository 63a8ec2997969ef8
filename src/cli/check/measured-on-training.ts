/**
 * Finds models that are measured on data that they have learned from, by where both come from in the plan. Texts are not compared: the same file that
 * is read twice, or a copy under another name, is not found.
 */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { OutputRef, Plan, PlanNode, PlanSpan } from '../../core/plan.ts'
import * as artefacts from '../../language/messages/artefacts.generated.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The role from which trainings learn, and the role on which they measure, if they have one. */
const trainings: Readonly<Record<string, { readonly learns: string; readonly measures?: string }>> = {
  pretrain: { learns: 'on', measures: 'validate' },
  sft: { learns: 'on', measures: 'validate' },
  dpo: { learns: 'on' },
  reward_model: { learns: 'on' },
}

/** Kinds whose output has all records of a role, in some form; and kinds whose output has some of them. */
const all: Readonly<Record<string, string>> = {
  concat: 'docs',
  conversations: 'docs',
  encode: 'docs',
  pair: 'docs',
  perplexity: 'docs',
  prompts: 'of',
  rankings: 'docs',
  render: 'of',
  score: 'docs',
  shuffle: 'docs',
}
const some: Readonly<Record<string, string>> = { decontaminate: 'of', dedup: 'docs', sample: 'docs', split: 'docs' }

/** Kinds that choose records by what they are, and not by chance. */
const choosing = ['decontaminate', 'dedup']

/** Steps of a pass that can drop documents or parts of them. */
const dropping = ['c4_lines', 'drop', 'filter', 'keep', 'text_from_html']

/** Warnings about each stage that measures a model on its training data. */
export function measuredOnTraining(plan: Plan, spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  return measurementsOnTraining(plan).map(({ node, measured }) =>
    artefacts.measuredOnTrainingData(spanOf(node.span), { measured }),
  )
}

/** A stage that measures a model on its training data, and who measures whom in words. */
interface Measurement {
  readonly node: PlanNode
  readonly measured: string
}

/** Refuses a plan in which a model is measured on its training data: the run is to be strict. */
export function refuseMeasuredOnTraining(plan: Plan): void {
  const [first] = measurementsOnTraining(plan)
  if (first === undefined) return
  const { file, line } = first.node.span
  throw new Refusal(
    `${file}:${line}: ${first.measured} on data that it has learned from, and --strict takes no such measurement`,
    'Hold data out before the training: `data train, held_out = docs |> split(90%, 10%)`.',
  )
}

function measurementsOnTraining({ nodes }: Plan): Measurement[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const warn = (node: PlanNode, measured: readonly OutputRef[], model: PlanNode): Measurement[] =>
    learnedFrom(model, byId).some((learned) => overlap(measured, learned, byId))
      ? [{ node, measured: inWords(node, model) }]
      : []
  return nodes.flatMap((node) => {
    const measures = trainings[node.kind]?.measures
    if (measures !== undefined) return warn(node, node.inputs[measures] ?? [], node)
    if (node.kind !== 'evaluate') return []
    const models = (node.inputs.models ?? []).flatMap((ref) => byId.get(ref.node) ?? [])
    return models.flatMap((model) => warn(node, node.inputs.on ?? [], model))
  })
}

/** `score` measures `base`; `base` is validated. */
function inWords(node: PlanNode, model: PlanNode): string {
  return node === model ? `\`${node.name}\` is validated` : `\`${node.name}\` measures \`${model.name}\``
}

/** The data that a model has learned from, and that of the weights that it began with. */
function learnedFrom(model: PlanNode, byId: ReadonlyMap<string, PlanNode>): (readonly OutputRef[])[] {
  const role = trainings[model.kind]?.learns
  const own = role === undefined ? [] : [model.inputs[role] ?? []]
  const before = Object.values(model.inputs)
    .flat()
    .flatMap((ref) => {
      const node = byId.get(ref.node)
      const kind = node?.outputs.find(({ name }) => name === ref.output)?.type.kind
      return node !== undefined && kind === 'Weights' ? learnedFrom(node, byId) : []
    })
  return [...own, ...before]
}

/**
 * Whether two data sets have records in common: one is made of something that the other has all of. Of a part of `concat(a, b)` it is likely only
 * that it has records of both.
 */
function overlap(a: readonly OutputRef[], b: readonly OutputRef[], byId: ReadonlyMap<string, PlanNode>): boolean {
  const isPart = (part: readonly OutputRef[], whole: readonly OutputRef[]) => {
    const origins = originsOf(whole, byId, false)
    return [...originsOf(part, byId, true)].some((ref) => origins.has(ref))
  }
  return isPart(a, b) || isPart(b, a)
}

/** The data sets that some were made of: of which they have all records, or with `parts` all or some. */
function originsOf(refs: readonly OutputRef[], byId: ReadonlyMap<string, PlanNode>, parts: boolean): Set<string> {
  const found = new Set<string>()
  /** Looked at, with whether its records were chosen by what they are. */
  const seen = new Set<string>()
  const todo = refs.map((ref) => ({ ref, isChosen: false }))
  while (todo.length > 0) {
    const { ref, isChosen } = todo.pop()!
    const key = `${ref.node}\n${ref.output}`
    const node = byId.get(ref.node)
    if (seen.has(`${key}\n${isChosen}`) || node === undefined) continue
    seen.add(`${key}\n${isChosen}`)
    found.add(key)
    const role = all[node.kind] ?? (parts ? some[node.kind] : undefined) ?? passRole(node, parts)
    const own = role === undefined ? [] : (node.inputs[role] ?? [])
    // Records that were chosen can all be of one of the sources: keep(concat(a, b), where: source == "a").
    if (isChosen && own.length > 1) continue
    const chooses = choosing.includes(node.kind) || passRole(node, false) !== passRole(node, true)
    todo.push(...own.map((each) => ({ ref: each, isChosen: isChosen || chooses })))
  }
  return found
}

/** The role of the documents of a pass; `undefined` for a pass that may drop some, unless `parts`. */
function passRole({ kind, params }: PlanNode, parts: boolean): string | undefined {
  if (kind !== 'documents') return undefined
  const steps = (params.steps ?? []) as unknown as readonly { readonly kind: string }[]
  return parts || !steps.some((step) => dropping.includes(step.kind)) ? 'docs' : undefined
}
