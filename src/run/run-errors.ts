/** Why a node cannot be run that is not cached. */

import { StageError } from '../core/failure.ts'
import type { Plan, PlanNode } from '../core/plan.ts'
import type { Store } from '../store/store.ts'

export function readOnlyStore({ name }: PlanNode, { root }: Store): StageError {
  return new StageError(
    'read-only-store',
    `${name} is not in the store, and it cannot be run because the store ${root} is read-only`,
    'Name another store with --store. LLMPIPE_REMOTE can name a remote cache to fill it from.',
  )
}

/** With `--only`: a node that the wanted nodes take from is not cached. */
export function inputNotCached({ name }: PlanNode, plan: Plan, only: ReadonlySet<string>): StageError {
  const wanted = plan.nodes.filter(({ id }) => only.has(id)).map((node) => node.name)
  return new StageError(
    'input-not-cached',
    `${wanted.join(', ')} cannot run alone: ${wanted.length === 1 ? 'it takes' : 'they take'} from ${name}, which is not cached`,
    `Run without --only, or add --only ${name}.`,
  )
}
