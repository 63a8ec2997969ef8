/** Claims the key of a node, and starts its stage unless that has become unnecessary. */

import type { Where } from '../core/event.ts'
import type { PlanNode } from '../core/plan.ts'
import type { Action, Store } from '../store/store.ts'
import { takeState } from './continuation.ts'
import type { Executor, RunningStage } from './executors/executor.ts'
import { lookUpFor } from './nodes/fits.ts'
import type { Commit, StageWork } from './stage-work.ts'

export type Start =
  | { readonly type: 'started'; readonly stage: RunningStage }
  /** Another run has the claim. */
  | { readonly type: 'held'; readonly by: Where }
  /** The run that had the claim before has made the key meanwhile. */
  | { readonly type: 'made'; readonly action: Action }
  /** Nothing new may start any more. */
  | { readonly type: 'stopped' }

export interface StartOptions {
  readonly store: Store
  readonly executor: Executor
  readonly commit: Commit
  /** Whether nothing new may start any more. */
  isStopping(): boolean
  /** Called with the step of a saved state that is corrupt: the stage starts without it. */
  onDamagedState(step: number): void
}

export async function startStage(
  node: PlanNode,
  work: StageWork,
  { store, executor, commit, isStopping, onDamagedState }: StartOptions,
): Promise<Start> {
  const { claim, isHeld } = await import('../store/claim.ts')
  const claimed = await claim(store.root, work.key, { processes: executor })
  if (isHeld(claimed)) return { type: 'held', by: claimed.heldBy }
  const made = work.fresh ? undefined : await lookUpFor(node, work.key, store)
  if (made !== undefined) {
    await claimed.remove()
    return { type: 'made', action: made }
  }
  for (const step of await takeState(work, claimed)) onDamagedState(step)
  if (isStopping()) {
    claimed.release()
    return { type: 'stopped' }
  }
  return { type: 'started', stage: await executor.start(work, claimed, commit) }
}
