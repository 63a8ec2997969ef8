/** Corrupt inputs, the cause of failures that look like bugs. */

import type { StageFailure } from '../../core/event.ts'
import type { OutputRef, PlanNode } from '../../core/plan.ts'
import { damageOf } from '../../store/payload.ts'
import type { ActionOutput, Store } from '../../store/store.ts'

/** The codes of failures that no stage reports on purpose. */
const unforeseen: ReadonlySet<string> = new Set(['bug', 'stage-threw', 'crashed'])

/**
 * The failure to report in place of one that looks like a bug, if an input of the stage is corrupt. Reads every byte of the inputs, and moves the
 * corrupt artefact aside. `undefined` if all inputs are whole, or if the failure explains itself.
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
      message: `its input from ${ref.node} is corrupt in the store (${file}) and was moved aside`,
      help: 'Run again: the input is made anew. If it happens again, check the disk and the memory of this machine.',
    }
  }
  return undefined
}
