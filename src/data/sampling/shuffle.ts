/**
 * Shuffling more than fits in memory: records are dealt into buckets by the upper part of their random number, then each bucket is
 * sorted by it. Equal to sorting all of them at once.
 */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { linesOfShard, ShardWriter, shardsIn } from '../shards/shards.ts'
import type { LineBatch } from '../shards/walk.ts'
import { RandomKeys } from './random-keys.ts'

/** Bytes of records a bucket is meant to have, and how many buckets there can be. */
const bucketBytes = 64 * 1024 ** 2
const mostBuckets = 512

/** Writes lines in random order to `out`. `bytes`: about how many there are; `scratch`: a folder for buckets. */
export async function shuffleLines(
  batches: AsyncIterable<LineBatch>,
  seed: number,
  bytes: number,
  scratch: string,
  out: ShardWriter,
  bucketSize = bucketBytes,
): Promise<void> {
  const keys = new RandomKeys(seed, 'shuffle')
  const buckets = Math.min(mostBuckets, Math.max(1, Math.ceil(bytes / bucketSize)))
  rmSync(scratch, { recursive: true, force: true })
  const folders = Array.from({ length: buckets }, (_, i) => join(scratch, String(i)))
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  // Held back together, the lines of all buckets take what one bucket takes.
  const writers = folders.map(
    (folder) => new ShardWriter(folder, Number.POSITIVE_INFINITY, 'docs', (1 << 24) / buckets),
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
