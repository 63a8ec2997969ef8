/** Input files as parts: a large one by itself, small ones in groups of neighbours. */

import { stat } from 'node:fs/promises'
import type { InputFile } from '../../../core/stage.ts'
import { boundaries, partBytes } from './boundaries.ts'

export interface FilePart {
  readonly files: readonly InputFile[]
  /** In bytes. */
  readonly size: number
}

/** The parts of some files, in order. `size` as for `boundaries`. */
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
    // A file that went away meanwhile is told of when it is opened.
    const own = (await stat(file.path).catch(() => ({ size: 0 }))).size
    if (ends.before(own)) close()
    group.push(file)
    bytes += own
    if (ends.behind(own, Number.parseInt(file.sha256.slice(0, 8), 16))) close()
  }
  close()
  return parts
}
