/** Work on keys that are done: left by runners that died after the commit, before they could throw it away. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../core/artefact.ts'
import { systemCode } from '../../core/failure.ts'
import { isKey } from '../../core/shape.ts'
import { isMissing } from '../durable.ts'

/** The keys with a work folder: worked on at the moment, to be gone on with, or left over. */
export function keysWithWork(root: string): ReadonlySet<Key> {
  try {
    return new Set(readdirSync(join(root, 'work')).filter(isKey))
  } catch (error) {
    if (isMissing(error)) return new Set()
    throw error
  }
}

/** Throws away the work on a key that is committed, unless a live process has it. */
export async function removeFinishedWork(root: string, key: Key): Promise<void> {
  const { claim, isHeld } = await import('../claim.ts')
  try {
    const claimed = await claim(root, key)
    if (!isHeld(claimed)) await claimed.remove()
  } catch (error) {
    // Where nothing can be written, it is left over still.
    if (systemCode(error) === undefined) throw error
  }
}
