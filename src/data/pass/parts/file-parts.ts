/** Divides input files into parts: a large file is one part, small ones form groups of neighbors. */

import { boundaries, partBytes } from './boundaries.ts'

export interface FileGroup<File> {
  readonly files: readonly File[]
  /** In bytes. */
  readonly size: number
}

/** The parts of files, in order. `size`: see `boundaries`. */
export function filePartsOf<File extends { readonly size: number; readonly sha256: string }>(
  files: readonly File[],
  size = partBytes,
): FileGroup<File>[] {
  const ends = boundaries(size)
  const parts: FileGroup<File>[] = []
  let group: File[] = []
  let bytes = 0
  const close = () => {
    if (group.length > 0) parts.push({ files: group, size: bytes })
    group = []
    bytes = 0
  }
  for (const file of files) {
    if (ends.before(file.size)) close()
    group.push(file)
    bytes += file.size
    if (ends.behind(file.size, Number.parseInt(file.sha256.slice(0, 8), 16))) close()
  }
  close()
  return parts
}
