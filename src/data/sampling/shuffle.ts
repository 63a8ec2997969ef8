/**
 * Shuffles more records than fit in memory. The upper bits of a record's random number choose its bucket, and each bucket is sorted by
 * random number. The order equals that of sorting all records at once.
 */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { linesOfShard, ShardWriter, shardsIn } from '../shards/shards.ts'
import type { LineBatch } from '../shards/walk.ts'
import { RandomKeys } from './random-keys.ts'

/** The aimed size of a bucket, in bytes, and the largest number of buckets. */
const bucketBytes = 64 * 1024 ** 2
const maxBuckets = 512

/** Writes lines to `out` in random order. `bytes`: the approximate size of all lines; `scratch`: a folder for the buckets. */
export async function shuffleLines(
  batches: AsyncIterable<LineBatch>,
  seed: number,
  bytes: number,
  scratch: string,
  out: ShardWriter,
  bucketSize = bucketBytes,
): Promise<void> {
  const keys = new RandomKeys(seed, 'shuffle')
  const buckets = Math.min(maxBuckets, Math.max(1, Math.ceil(bytes / bucketSize)))
  rmSync(scratch, { recursive: true, force: true })
  const folders = Array.from({ length: buckets }, (_, i) => join(scratch, String(i)))
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  // The buffers of all buckets together are as large as that of one shard writer.
  const writers = folders.map(
    (folder) => new ShardWriter(folder, Number.POSITIVE_INFINITY, 'docs', Math.floor((1 << 24) / buckets)),
  )
  let place = 0
  for await (const { lines } of batches) {
    for (const line of lines) {
      const bucket = Math.floor((keys.ofPlace(place) / 2 ** 53) * buckets)
      writers[bucket]!.writeLine(`${place} ${line}`)
      place++
    }
  }
  for (const [i, folder] of folders.entries()) {
    writers[i]!.close()
    for (const line of await sorted(folder, keys)) out.writeLine(line)
    rmSync(folder, { recursive: true })
  }
  rmSync(scratch, { recursive: true, force: true })
}

async function sorted(folder: string, keys: RandomKeys): Promise<string[]> {
  const records: { readonly key: number; readonly line: string }[] = []
  for (const { path } of await shardsIn(folder)) {
    for await (const { lines } of linesOfShard(path)) {
      for (const line of lines) {
        const space = line.indexOf(' ')
        records.push({ key: keys.ofPlace(Number(line.slice(0, space))), line: line.slice(space + 1) })
      }
    }
  }
  return records.sort((a, b) => a.key - b.key).map(({ line }) => line)
}
