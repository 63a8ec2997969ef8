/** Puts together the work of running a node. */

import type { Plan, PlanNode } from '../core/plan.ts'
import { filesForStage } from './explain/keyed.ts'
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
    files: filesForStage(keyed),
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
    sharesGpus: plan.nodes.some(({ resources }) => (resources.gpus ?? 0) > 0),
  }
}
