/** Divides an artefact of documents into parts: runs of whole lines, which may span shards. */

import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { sha256 } from '../../../core/values/sha256.ts'
import { blocksOfShard, type Shard } from '../../shards/shards.ts'
import { boundaries, partBytes } from './boundaries.ts'

/** The place of a part: a range of bytes in each of its shards, in order. */
export interface LineRanges {
  readonly ranges: readonly ShardRange[]
  /** The length of its lines in bytes, each with \n. */
  readonly size: number
}

interface ShardRange {
  /** The index of the shard. */
  readonly shard: number
  readonly start: number
  /** The byte after the \n of the last line, also where the shard lacks that \n. */
  readonly end: number
}

export interface LinePart {
  /** The shard in which the part begins. */
  readonly shard: string
  /** Whole lines, each with \n. */
  readonly bytes: Buffer
  readonly sha256: string
}

/** The places of the parts of shards, in order. Every line is in one part. `size`: see `boundaries`. */
export async function* lineRangesOf(shards: readonly Shard[], size = partBytes): AsyncGenerator<LineRanges> {
  const ends = boundaries(size)
  let ranges: ShardRange[] = []
  const take = (): LineRanges => {
    const taken = { ranges, size: ranges.reduce((sum, { start, end }) => sum + end - start, 0) }
    ranges = []
    return taken
  }
  for (const [shard, { path }] of shards.entries()) {
    // The first byte of the part in this shard, and of the block.
    let from = 0
    let at = 0
    const gather = (to: number) => {
      if (to > from) ranges.push({ shard, start: from, end: to })
      from = to
    }
    for await (const { bytes } of blocksOfShard(path)) {
      for (let start = 0; start <= bytes.length; ) {
        const next = bytes.indexOf(10, start)
        const end = next === -1 ? bytes.length : next
        if (ends.before(end + 1 - start)) {
          gather(at + start)
          yield take()
        }
        if (ends.behind(end + 1 - start, crc32(bytes.subarray(start, end)))) {
          gather(at + end + 1)
          yield take()
        }
        start = end + 1
      }
      at += bytes.length + 1
    }
    gather(at)
  }
  if (ranges.length > 0) yield take()
}

/** Reads the lines of a part. */
export async function readLinePart(shards: readonly Shard[], { ranges, size }: LineRanges): Promise<LinePart> {
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const { shard, start, end } of ranges) {
    const file = await open(shards[shard]!.path)
    try {
      for (let place = start; place < end; ) {
        const { bytesRead } = await file.read(bytes, at, end - place, place)
        // The last line of a shard may lack its \n.
        if (bytesRead === 0) bytes.fill(10, at, at + end - place)
        const more = bytesRead === 0 ? end - place : bytesRead
        place += more
        at += more
      }
    } finally {
      await file.close()
    }
  }
  return { shard: shards[ranges[0]!.shard]!.path, bytes, sha256: sha256(bytes) }
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
