/** Divides an artefact of documents into parts: runs of whole lines, which may span shards. */

import { crc32 } from 'node:zlib'
import { sha256 } from '../../../core/values/sha256.ts'
import { blocksOfShard, type Shard } from '../../shards/shards.ts'
import { boundaries, partBytes } from './boundaries.ts'

export interface LinePart {
  /** The shard in which the part begins. */
  readonly shard: string
  /** Whole lines, each with \n. */
  readonly bytes: Buffer
  readonly sha256: string
}

const newline = Buffer.from('\n')

/** The parts of shards, in order. Every line is in one part. `size`: see `boundaries`. */
export async function* linePartsOf(shards: readonly Shard[], size = partBytes): AsyncGenerator<LinePart> {
  const ends = boundaries(size)
  // The lines of the part in earlier blocks. Its lines in this block begin at `from`.
  let pieces: Buffer[] = []
  let shard = ''
  const take = (): LinePart => {
    const bytes = Buffer.concat(pieces)
    pieces = []
    return { shard, bytes, sha256: sha256(bytes) }
  }
  for (const { path } of shards) {
    for await (const { bytes } of blocksOfShard(path)) {
      let from = 0
      const gather = (to: number) => {
        if (to <= from) return
        if (pieces.length === 0) shard = path
        pieces.push(bytes.subarray(from, to - 1), newline)
        from = to
      }
      for (let start = 0; start <= bytes.length; ) {
        const next = bytes.indexOf(10, start)
        const end = next === -1 ? bytes.length : next
        if (ends.before(end + 1 - start)) {
          gather(start)
          yield take()
        }
        if (ends.behind(end + 1 - start, crc32(bytes.subarray(start, end)))) {
          gather(end + 1)
          yield take()
        }
        start = end + 1
      }
      gather(bytes.length + 1)
    }
  }
  if (pieces.length > 0) yield take()
}

/** The number of bytes that are decoded at once. */
const blockBytes = 1 << 20

/** The lines of a part, a block at a time. `done`: the number of bytes up to the end of the block. */
export function* linesOfPart({ bytes }: LinePart): Generator<{ readonly lines: string[]; readonly done: number }> {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, Math.min(at + blockBytes, bytes.length) - 1)
    yield { lines: bytes.toString('utf8', at, end).split('\n'), done: end + 1 }
    at = end + 1
  }
}
