/** What a run knows of each node of its plan, and how it speaks of it. */

import type { Digest } from '../core/artefact.ts'
import type { PlanNode } from '../core/plan.ts'
import type { Action } from '../store/store.ts'
import type { Keyed } from './explain/keyed.ts'

export type State =
  /** Its inputs are not all known. */
  | 'waiting'
  /** Its key is being looked up, its artefact exported, or its claim waited for. */
  | 'busy'
  | 'ready'
  | 'running'
  /** An event has said how it ended. */
  | 'over'

export interface Entry {
  /** Without the inputs that failed, where it goes without them. */
  node: PlanNode
  state: State
  /** How many nodes before it have no outputs yet. */
  missing: number
  keyed?: Keyed
  reason?: string
  outputs?: Action['outputs']
  /** It failed, or needs what did. */
  lost?: true
  /** How often it has failed in this run. */
  failures?: number
}

export interface Digests {
  readonly digest: Digest
  readonly outputs: Readonly<Record<string, Digest>>
}

/** How events name a node. */
export function of({ id, name }: PlanNode): { stage: string; id: string } {
  return { stage: name, id }
}
