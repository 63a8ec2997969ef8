/** Records what a stage made. It happens in the process that follows the stage on its machine, which has the store. */

import { StageError } from '../core/failure.ts'
import { forgetFailure } from '../store/failures.ts'
import { changedFile } from '../store/inputs/input-files.ts'
import type { StatCache } from '../store/inputs/stat-cache.ts'
import type { Store } from '../store/store.ts'
import { keepState } from './continuation.ts'
import { logsOf } from './stage/logs.ts'
import type { Commit, StageWork } from './stage-work.ts'

/** The commit of a stage. `cache` knows the digests of input files that have not changed. */
export function commitTo(store: Store, work: StageWork, cache: StatCache): Commit {
  return async ({ report, outputs, seconds }, claim) => {
    const changed = await changedFile(work.files, cache)
    if (changed !== undefined)
      throw new StageError(
        'input-changed',
        `${changed} changed while it was read`,
        'The result was thrown away. Run again.',
      )
    const draft = { ...work.draft, report, seconds, time: Date.now() }
    // Before the record exists: once a stage is done, nobody looks at its work folder again.
    await keepState(work, claim)
    const committed = await store.commit(draft, outputs, logsOf(claim))
    await claim.remove()
    forgetFailure(store.root, work.key)
    return committed
  }
}
