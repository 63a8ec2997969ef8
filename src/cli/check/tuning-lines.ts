/**
 * The cost of trainings that start from weights in folders, as lines for people. It is given per token: the length of their texts is known
 * only when they run.
 */

import { availableParallelism } from 'node:os'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { type Cost, costOf } from '../../model/estimates/cost.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { adapted, type LoraSettings } from '../../model/training/lora.ts'
import { gigaflopsPerCore } from '../../plan/estimate.ts'
import { hostMemory } from '../../plan/host-memory.ts'
import { count, duration, short } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'
import { type FolderModel, trainedFrom } from '../program/folder-models.ts'
import { flops, memoryInWords, row } from './cost-lines.ts'

export interface Tuning {
  readonly node: PlanNode
  readonly model: ModelSpec
  readonly lora: LoraSettings | undefined
  readonly freeze: readonly string[] | undefined
  readonly cost: Cost
  /** Tokens in the row that the cost is computed for. */
  readonly time: number
}

/** Rows are as long as the longest text, and usually shorter than the context: the cost is computed for at most this many tokens. */
const shownRow = 512

/** The trainings of a plan that start from weights in folders. */
export function tunings(plan: Plan, models: readonly FolderModel[]): Tuning[] {
  return plan.nodes.flatMap((node) => {
    const model = trainedFrom(node, plan, models)
    if (model === undefined) return []
    const { lora, freeze } = node.params as unknown as Pick<Tuning, 'lora' | 'freeze'>
    // Another check reports targets that name no matrix.
    if (lora !== undefined && adapted(model.graph, lora.targets).length === 0) return []
    const time = Math.min(model.context, shownRow)
    const sizes = { batch: 1, time, ...(typeof model.vocab === 'number' ? { vocab: model.vocab } : {}) }
    if (typeof model.vocab !== 'number') return []
    const learned = { ...(lora && { lora }), ...(freeze && { freeze }) }
    return [{ node, model, lora, freeze, cost: costOf(model.graph, sizes, learned), time }]
  })
}

export function tuningLines({ node, model, lora, freeze, cost, time }: Tuning): Line[] {
  const cores = availableParallelism()
  const memory = hostMemory(cost, node.params.engine)
  const seconds = (1000 * cost.trainingFlops) / (gigaflopsPerCore * 1e9 * cores)
  const parts = cost.parts
    .filter(({ name }) => !name.includes('lora_'))
    .map(({ name, parameters }) => `${name} ${short(parameters)}`)
  const all = lora === undefined ? cost.parameters : cost.parameters - cost.learned
  return [
    [],
    [seg(node.name, 'bold'), seg(`  ${model.$name}`)],
    row('parameters', lora === undefined ? `${count(all)}  (${parts.join(', ')})` : count(all)),
    ...(lora === undefined
      ? []
      : [row('learned', `${count(cost.learned)}, an adapter of rank ${lora.rank} beside ${lora.targets.join(', ')}`)]),
    ...(freeze === undefined ? [] : [row('learned', `${count(cost.learned)}, all but ${freeze.join(', ')}`)]),
    row('compute', `${flops(cost.trainingFlops)} per token to train, ${flops(cost.forwardFlops)} to run`),
    row('memory', memoryInWords(memory, ` with a row of ${time} tokens`)),
    row(
      'time',
      `1,000 tokens in about ${duration(seconds)}, if a core does ${gigaflopsPerCore} GFLOP/s (${cores} cores)`,
    ),
  ]
}
