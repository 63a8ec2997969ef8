/** Input files of stages, as the runner passes them. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { InputFile } from '../../src/core/kind/stage.ts'

/** An input file with the digest of its present content. */
export function inputFileOf(path: string, name: string): InputFile {
  return { path, name, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }
}
