/** The first documents of a corpus, a few lines of each. */

import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../core/values/json.ts'
import { parseRecord } from '../../data/json/record.ts'
import { cut, type Line, seg, wrap } from '../../view/line.ts'

/** How many documents are shown, and how many lines of each. */
const [maxDocuments, maxLines] = [3, 4]

export function documentLines(folder: string, width: number): Line[] {
  const lines: Line[] = []
  for (const line of firstLinesIn(folder)) {
    const { value: record, sources } = parseRecord(line)
    const { id, text, ...fields } = record as Readonly<Record<string, Json>>
    const more = Object.entries(fields).map(
      ([name, value]) => `${name}: ${sources?.get(name) ?? JSON.stringify(value)}`,
    )
    lines.push([seg(cut(`${id ?? '–'}  ${more.join('  ')}`, width), 'dim')])
    if (typeof text !== 'string') continue
    const wrapped = wrap(text.slice(0, width * (maxLines + 1)), width - 2)
    for (const [index, line] of wrapped.slice(0, maxLines).entries())
      lines.push([seg(`  ${index === maxLines - 1 && wrapped.length > maxLines ? cut(`${line} …`, width - 2) : line}`)])
  }
  return lines
}

/** Yields the first records in the shards of an artefact. */
export function* firstRecords(folder: string): Generator<Record<string, unknown>> {
  for (const line of firstLinesIn(folder)) yield JSON.parse(line) as Record<string, unknown>
}

/** Yields the first lines of the shards of an artefact. */
export function* firstLinesIn(folder: string, most: number = maxDocuments): Generator<string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  const shards = names.sort().map((name) => join(folder, name))
  let left = most
  for (const shard of shards)
    for (const line of firstLines(shard, left)) {
      if (left-- === 0) return
      yield line
    }
}

/** Reads the first lines of a shard, which may be larger than memory. */
function firstLines(path: string, count: number): string[] {
  const file = openSync(path, 'r')
  try {
    const pieces: Buffer[] = []
    let found = 0
    for (;;) {
      const piece = Buffer.alloc(1 << 16)
      const size = readSync(file, piece)
      pieces.push(piece.subarray(0, size))
      for (let at = piece.indexOf(10); at !== -1 && at < size; at = piece.indexOf(10, at + 1)) found++
      if (size === 0 || found >= count) break
    }
    const lines = Buffer.concat(pieces).toString('utf8').split('\n')
    return lines.filter((line) => line !== '').slice(0, Math.min(count, found + 1))
  } finally {
    closeSync(file)
  }
}
