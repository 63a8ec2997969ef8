/** Divides input files into parts: a large file is one part, small ones form groups of neighbors. */

import { stat } from 'node:fs/promises'
import type { InputFile } from '../../../core/kind/stage.ts'
import { boundaries, partBytes } from './boundaries.ts'

export interface FilePart {
  readonly files: readonly InputFile[]
  /** In bytes. */
  readonly size: number
}

/** The parts of files, in order. `size`: see `boundaries`. */
export async function filePartsOf(files: readonly InputFile[], size = partBytes): Promise<FilePart[]> {
  const ends = boundaries(size)
  const parts: FilePart[] = []
  let group: InputFile[] = []
  let bytes = 0
  const close = () => {
    if (group.length > 0) parts.push({ files: group, size: bytes })
    group = []
    bytes = 0
  }
  for (const file of files) {
    // If the file has been removed, opening it reports the error.
    const own = (await stat(file.path).catch(() => ({ size: 0 }))).size
    if (ends.before(own)) close()
    group.push(file)
    bytes += own
    if (ends.behind(own, Number.parseInt(file.sha256.slice(0, 8), 16))) close()
  }
  close()
  return parts
}
