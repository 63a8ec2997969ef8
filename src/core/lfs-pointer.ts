/** Pointers of Git LFS: the few lines that a clone has in the place of a large file whose content was not downloaded. */

import { StageError } from './failure.ts'

/** The sizes of pointers in bytes. Their last line has the size of the file that they stand for. */
const sizes = { least: 126, most: 200 } as const

/** Version 1 of the specification of Git LFS, without extensions. Git on Windows may have ended its lines by \r\n. */
const pointer = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\noid sha256:[0-9a-f]{64}\r?\nsize \d+\r?\n$/

/** Throws a StageError of this code if a file of `size` bytes is a pointer. `read` is called only if the file has the size of a pointer. */
export function refuseLfsPointer(name: string, size: number, read: () => Uint8Array, code: string): void {
  if (size < sizes.least || size > sizes.most || !pointer.test(Buffer.from(read()).toString('latin1'))) return
  throw new StageError(
    code,
    `${name} is a pointer of Git LFS: the file itself was not downloaded`,
    'Download it: `git lfs pull` in its repository.',
  )
}
