/**
 * Adds the stages that compare what models are measured on with what they have learned from: one for each set of texts to measure on, with all texts that any
 * training in the ancestry of the models learned from.
 */

import type { ArtefactKind } from '../core/artefact.ts'
import type { Catalogue, StageKind } from '../core/kind/kind.ts'
import type { OutputRef, Plan, PlanNode } from '../core/plan.ts'
import type { Json, JsonObject } from '../core/values/json.ts'
import { boundNames } from '../core/variant.ts'

/** The kind of the stages that are added. */
const kind = 'contamination'

/** For each kind that measures, the roles of what it measures on, and of the models; without `models` the stage itself is the model. */
const measuring: Readonly<Record<string, { readonly on: readonly string[]; readonly models?: readonly string[] }>> = {
  evaluate: { on: ['on', 'win_rate.on'], models: ['models', 'win_rate.opponent'] },
  pretrain: { on: ['validate'] },
  sft: { on: ['validate'] },
}

/** The roles of inputs that a training measures on and does not learn from. */
const notLearned: ReadonlySet<string> = new Set(['validate'])

const texts: ReadonlySet<ArtefactKind> = new Set<ArtefactKind>(['Docs', 'Pairs', 'Prompts', 'Rankings', 'Answers'])
const models: ReadonlySet<ArtefactKind> = new Set<ArtefactKind>(['Weights', 'Reward'])

/** One set of texts to measure on. */
interface Measured {
  readonly of: OutputRef
  /** The stages that measure. */
  readonly by: PlanNode[]
  readonly learned: Map<string, OutputRef>
  /** Learned material that cannot be compared, in words. */
  readonly unknown: Set<string>
}

/** The plan with these stages, each behind the last of its inputs. Calls with `contamination: off` have none. */
export function withContamination(plan: Plan, catalogue: Catalogue): Plan {
  const added = catalogue.kinds[kind]
  if (added === undefined) return plan
  const graph = new Ancestry(plan.nodes)
  const found = new Map<string, Measured>()
  for (const node of plan.nodes) {
    const roles = Object.hasOwn(measuring, node.kind) ? measuring[node.kind] : undefined
    if (roles === undefined || node.hints.contamination === 'off') continue
    const measured = roles.models === undefined ? [node.id] : roles.models.flatMap((role) => graph.nodesIn(node, role))
    for (const ref of roles.on.flatMap((role) => node.inputs[role] ?? [])) {
      const of = graph.textsOf(ref)
      if (of === undefined) continue
      const known: Measured = found.get(keyOf(of)) ?? { of, by: [], learned: new Map(), unknown: new Set() }
      found.set(keyOf(of), known)
      known.by.push(node)
      for (const id of measured) {
        for (const each of graph.learnedBy(id)) known.learned.set(keyOf(each), each)
        for (const each of graph.unknownOf(id)) known.unknown.add(each)
      }
    }
  }
  const taken = new Set(plan.nodes.map(({ id }) => id))
  const checks = [...found.values()].flatMap((measured) => checkOf(measured, plan.nodes, added, taken) ?? [])
  return checks.length === 0 ? plan : { ...plan, nodes: placed(plan.nodes, checks) }
}

/** The stage that compares some texts; `undefined` if nothing that was learned can be compared, or if only the texts themselves were learned (W0418). */
function checkOf(
  { of, by, learned, unknown }: Measured,
  nodes: readonly PlanNode[],
  added: StageKind,
  taken: Set<string>,
): PlanNode | undefined {
  const place = new Map(nodes.map(({ id }, index) => [id, index]))
  const others = [...learned.values()]
    .filter((ref) => keyOf(ref) !== keyOf(of))
    .sort((a, b) => (place.get(a.node) ?? 0) - (place.get(b.node) ?? 0))
  const [first] = by
  if (others.length === 0 || first === undefined) return undefined
  const source = nodes.find(({ id }) => id === of.node)
  const variant = by.length === 1 ? first.variant : source?.variant
  const params: JsonObject = {
    ...defaultsOf(added),
    $learned: others.map((ref) => nameOf(ref, nodes)),
    ...(unknown.size === 0 ? {} : { $unknown: [...unknown] as Json[] }),
  }
  const id = freeName(`${nameOf(of, nodes)}.${kind}`, taken)
  return {
    id,
    name: id,
    ...(variant === undefined ? {} : { variant }),
    kind,
    version: added.version,
    params,
    hints: {},
    inputs: { of: [of], learned: others },
    spares: ['learned'],
    checks: by.map((node) => node.id),
    files: {},
    outputs: [{ name: 'out', type: { kind: 'Report' } }],
    resources: { cpus: 1, memory: 512 * 1024 ** 2, ...added.resources?.(params) },
    span: first.span,
  }
}

function defaultsOf({ settings }: StageKind): JsonObject {
  const given = Object.entries(settings.properties).filter(([, { default: value }]) => value !== undefined)
  return Object.fromEntries(given.map(([name, { default: value }]) => [name, value as Json]))
}

/** The nodes with others, each behind the last of its inputs. */
function placed(nodes: readonly PlanNode[], added: readonly PlanNode[]): PlanNode[] {
  const waiting = new Map(added.map((node) => [node, new Set(inputsOf(node).map((ref) => ref.node))]))
  return nodes.flatMap((node) => {
    const ready = [...waiting].flatMap(([check, missing]) =>
      missing.delete(node.id) && missing.size === 0 ? [check] : [],
    )
    for (const check of ready) waiting.delete(check)
    return [node, ...ready]
  })
}

/** Where texts and models of a plan come from. */
class Ancestry {
  readonly #nodes: ReadonlyMap<string, PlanNode>
  readonly #learned = new Map<string, readonly OutputRef[]>()
  readonly #unknown = new Map<string, readonly string[]>()

  constructor(nodes: readonly PlanNode[]) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]))
  }

  nodesIn(node: PlanNode, role: string): string[] {
    return (node.inputs[role] ?? []).map((ref) => ref.node)
  }

  /** The texts of an artefact: of tokens those that were encoded. `undefined` if they are not known. */
  textsOf(ref: OutputRef): OutputRef | undefined {
    const node = this.#nodes.get(ref.node)
    const found = this.#kindOf(ref)
    if (found !== undefined && texts.has(found)) return ref
    const [docs] = found === 'Tokens' && node?.kind === 'encode' ? (node.inputs.docs ?? []) : []
    return docs
  }

  /** The texts that the training of a model, and those of the models that it began with or learned from, learned from. */
  learnedBy(id: string): readonly OutputRef[] {
    return this.#remembered(this.#learned, id, (node) => {
      const own = this.#materialOf(node).flatMap((ref) => this.textsOf(ref) ?? [])
      return [...own, ...this.#modelsOf(node).flatMap((model) => this.learnedBy(model))]
    })
  }

  /** The material of a model and its ancestors that nobody can compare, in words. */
  unknownOf(id: string): readonly string[] {
    return this.#remembered(this.#unknown, id, (node) => {
      const lost = this.#materialOf(node).filter((ref) => this.textsOf(ref) === undefined)
      const before = this.#modelsOf(node)
      const isGiven = before.length === 0 && node.kind === 'weights'
      return [
        ...(isGiven ? [`what the weights of ${node.name} learned from before`] : []),
        ...lost.map((ref) => `the tokens of ${ref.node}, whose texts are not known`),
        ...before.flatMap((model) => this.unknownOf(model)),
      ]
    })
  }

  /** The data that a node that makes a model takes. */
  #materialOf(node: PlanNode): OutputRef[] {
    return Object.entries(node.inputs).flatMap(([role, refs]) =>
      notLearned.has(role)
        ? []
        : refs.filter((ref) => {
            const found = this.#kindOf(ref)
            return found === 'Tokens' || (found !== undefined && texts.has(found))
          }),
    )
  }

  /** The models that a node takes. */
  #modelsOf(node: PlanNode): string[] {
    return inputsOf(node)
      .filter((ref) => models.has(this.#kindOf(ref) ?? 'Report'))
      .map((ref) => ref.node)
  }

  #kindOf({ node, output }: OutputRef): ArtefactKind | undefined {
    return this.#nodes.get(node)?.outputs.find(({ name }) => name === output)?.type.kind
  }

  #remembered<T>(known: Map<string, readonly T[]>, id: string, make: (node: PlanNode) => readonly T[]): readonly T[] {
    const there = known.get(id)
    if (there !== undefined) return there
    const node = this.#nodes.get(id)
    const made = node === undefined ? [] : [...new Set(make(node))]
    known.set(id, made)
    return made
  }
}

function inputsOf(node: PlanNode): OutputRef[] {
  return Object.values(node.inputs).flat()
}

function keyOf({ node, output }: OutputRef): string {
  return `${node}\n${output}`
}

/** The name that the program gives to an output. */
function nameOf({ node, output }: OutputRef, nodes: readonly PlanNode[]): string {
  const { outputs = [], name = node } = nodes.find(({ id }) => id === node) ?? {}
  if (outputs.length < 2) return node
  return boundNames(name)[outputs.findIndex((each) => each.name === output)] ?? `${node}.${output}`
}

/** The name, with a number behind it if it is taken. It is taken then. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let n = 2; taken.has(name); n++) name = `${wanted}${n}`
  taken.add(name)
  return name
}
