/** Reads the lists of conditions: `url.host in list("blocklist.txt")`. */

import { createHash } from 'node:crypto'
import { StageError } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind/stage.ts'
import { blocksOf } from '../shards/lines.ts'
import { decode } from './decode.ts'
import { inputChanged, openBytes } from './open.ts'

/**
 * The values of some files: a value a line, without white space around it. Empty lines and lines that begin with `#` are left out. Throws a
 * StageError for a file that is damaged, is not UTF-8, or changed since it was hashed: a part of a list must not pass for the whole.
 */
export async function listOf(files: readonly InputFile[]): Promise<string[]> {
  const values = new Set<string>()
  for (const file of files) {
    const hash = createHash('sha256')
    const chunks = openBytes(file, {
      onRead: (bytes) => void hash.update(bytes),
      onCut: () => {},
      notes: {
        cut(_, packing, __, message) {
          throw damaged(file, `the ${packing} archive is cut off or damaged (${message})`)
        },
        misnamed: () => {},
      },
      isText: true,
    })
    for await (const block of blocksOf(chunks, file.name)) {
      const { lines, line, damaged: broken } = decode(block)
      for (const [index, each] of lines.entries()) {
        if (broken.has(index)) throw damaged(file, `line ${line + index} is not UTF-8`)
        const value = each.trim()
        if (value !== '' && !value.startsWith('#')) values.add(value)
      }
    }
    if (hash.digest('hex') !== file.sha256) throw inputChanged(file)
  }
  return [...values]
}

function damaged({ name }: InputFile, problem: string): StageError {
  return new StageError('damaged-list', `the list ${name} cannot be used: ${problem}`, 'Get the file again.')
}
