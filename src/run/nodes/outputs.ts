/** One digest for all outputs of a node. */

import type { Digest } from '../../core/artefact.ts'
import { canonical } from '../../core/values/json.ts'
import { sha256 } from '../../core/values/sha256.ts'

/** The digest of the output if there is one output; of several, the SHA-256 of their digests by name. */
export function digestOfOutputs(outputs: Readonly<Record<string, Digest>>): Digest {
  const [only, ...more] = Object.values(outputs)
  if (only !== undefined && more.length === 0) return only
  return sha256(canonical(outputs)) as Digest
}
