/** Puts together the work of running a node. */

import type { Plan, PlanNode } from '../core/plan.ts'
import { modelsOf } from './nodes/models.ts'
import type { RunOptions } from './options.ts'
import type { Candidate, StageWork } from './stage-work.ts'

export interface WorkContext {
  readonly plan: Plan
  /** The program, as records name it. */
  readonly program: string
  /** The id of the run. */
  readonly run: string
  readonly isForced: boolean
  readonly options: Pick<RunOptions, 'store' | 'stageCommand'>
}

/** The work that makes a node, as the process of its stage receives it, on this machine or on another. */
export function workOf(
  node: PlanNode,
  { keyed, reason }: Candidate,
  { plan, program, run, isForced, options }: WorkContext,
): StageWork {
  const { key, components, words, files, inputs } = keyed
  return {
    key,
    node,
    models: modelsOf(node, plan),
    inputs,
    files: keyed.hashed,
    fresh: isForced,
    draft: {
      key,
      node: { id: node.id, name: node.name, kind: node.kind, program },
      components,
      words,
      files,
      run,
      reason,
    },
    root: options.store.root,
    stageCommand: options.stageCommand,
    sharesGpus: sharesGpus(plan),
  }
}

const sharing = new WeakMap<Plan, boolean>()

/** Whether some stage of a plan asks for GPUs. A plan is searched once, and not for each of its nodes: it may have 100,000. */
function sharesGpus(plan: Plan): boolean {
  const known = sharing.get(plan) ?? plan.nodes.some(({ resources }) => (resources.gpus ?? 0) > 0)
  sharing.set(plan, known)
  return known
}
