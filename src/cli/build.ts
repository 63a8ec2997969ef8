/** Which build of llmpipe this is. */

import { readFileSync } from 'node:fs'
import { sha256 } from '../core/sha256.ts'

/** Another for every build: the entry names its parts by the hashes of what is in them. */
export function build(): string {
  return sha256(readFileSync(process.argv[1] ?? ''))
}
