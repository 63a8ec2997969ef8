/** One digest for all outputs of a node. */

import { createHash } from 'node:crypto'
import type { Digest } from '../core/artefact.ts'
import { canonical } from '../core/json.ts'

/** That of the output, where there is one; of several the SHA-256 of their digests by name. */
export function digestOfOutputs(outputs: Readonly<Record<string, Digest>>): Digest {
  const [only, ...more] = Object.values(outputs)
  if (only !== undefined && more.length === 0) return only
  return createHash('sha256').update(canonical(outputs)).digest('hex')
}
