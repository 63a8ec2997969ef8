/** Inputs that are not what their digests say: the cause of failures that look like bugs. */

import type { StageFailure } from '../core/event.ts'
import type { OutputRef, PlanNode } from '../core/plan.ts'
import { damageOf } from '../store/payload.ts'
import type { ActionOutput, Store } from '../store/store.ts'

/** Failures that nobody foresaw. */
const unforeseen: ReadonlySet<string> = new Set(['bug', 'stage-threw', 'crashed'])

/**
 * What to say of a failure that nobody foresaw, where an input of the stage is damaged: every byte of them is read, and what is
 * damaged is moved aside. `undefined` if all are whole, or the failure says what is wrong.
 */
export async function damagedInput(
  node: PlanNode,
  { code }: StageFailure,
  output: (ref: OutputRef) => ActionOutput,
  store: Store,
): Promise<StageFailure | undefined> {
  if (!unforeseen.has(code)) return undefined
  for (const ref of Object.values(node.inputs).flat()) {
    const made = output(ref)
    const file = await damageOf(store.artefact(made).path, made.files).catch(() => 'its folder')
    if (file === undefined) continue
    store.discard(made.digest)
    return {
      code: 'damaged-artefact',
      message: `what it takes from ${ref.node} is damaged in the store (${file}); it was moved aside`,
      help: 'Run again: it is made anew. If it happens again, look at the disk and the memory of this machine.',
    }
  }
  return undefined
}
