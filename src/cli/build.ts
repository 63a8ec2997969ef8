/** Identifies this build of llmpipe. */

import { readFileSync } from 'node:fs'
import { sha256 } from '../core/values/sha256.ts'

/** A hash that differs between builds: the entry file names its chunks by hashes of their contents. */
export function build(): string {
  return sha256(readFileSync(process.argv[1] ?? ''))
}
