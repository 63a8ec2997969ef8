/** Leftover work folders of keys that are done: a runner died after the commit, before it removed the folder. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../core/artefact.ts'
import { systemCode } from '../../core/failure.ts'
import { isKey } from '../../core/values/shape.ts'
import { isMissing } from '../durable.ts'

/** The keys that have a work folder: in progress, resumable, or left over. */
export function keysWithWork(root: string): ReadonlySet<Key> {
  try {
    return new Set(readdirSync(join(root, 'work')).filter(isKey))
  } catch (error) {
    if (isMissing(error)) return new Set()
    throw error
  }
}

/** Removes the work folder of a key that is done, unless a live process has claimed it. */
export async function removeFinishedWork(root: string, key: Key): Promise<void> {
  const { claim, isHeld } = await import('../claim.ts')
  try {
    const claimed = await claim(root, key)
    if (!isHeld(claimed)) await claimed.remove()
  } catch (error) {
    // If nothing can be written, the folder stays.
    if (systemCode(error) === undefined) throw error
  }
}
