/** What a runner hands to a stage: files with their digests, and parts in a folder of their own. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { InputFile } from '../src/core/kind.ts'

/** An input file as it is now. */
export function handedFile(path: string, name: string): InputFile {
  return { path, name, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }
}
