/** The texts of a Docs artefact, for the stages of tokenizers: one after the other, with progress and stopping. */

import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artefact } from '../core/artefact.ts'
import { Interrupted } from '../core/failure.ts'
import type { StageRun } from '../core/kind.ts'

/** Reads the documents in the order of the shards, saying how far it is about four times a second. */
export async function* documentTexts(stage: StageRun, docs: Artefact, phase: string): AsyncGenerator<string> {
  const shards = (await readdir(docs.path)).filter((name) => /^docs-\d+\.jsonl$/.test(name)).sort()
  const sizes = await Promise.all(shards.map(async (name) => (await stat(join(docs.path, name))).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let done = 0
  let reported = performance.now()
  for (const shard of shards) {
    for await (const lines of lineGroups(join(docs.path, shard))) {
      for (const line of lines) {
        yield (JSON.parse(line.toString()) as { readonly text: string }).text
        done += line.length + 1
        if (stage.signal.aborted) throw new Interrupted()
        if (performance.now() - reported < 250) continue
        reported = performance.now()
        stage.emit({ event: 'progress', done, total, unit: 'bytes', phase })
        // Signals are delivered between turns of the event loop only.
        await new Promise(setImmediate)
      }
    }
  }
}

/** The lines that end in each chunk of a file. Split at \n only: U+2028, which node:readline splits at, may stand in JSON. */
async function* lineGroups(path: string): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = []
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const lines: Buffer[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = chunk.subarray(start, end)
      lines.push(rest.length === 0 ? line : Buffer.concat([...rest, line]))
      rest = []
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
    yield lines
  }
  if (rest.length > 0) yield [Buffer.concat(rest)]
}
