/** The source of a pass that goes on from an artefact: the documents of its shards. */

import { documentOf, linesOfShard, shardsIn } from './shards.ts'
import type { Source } from './source.ts'

export async function docsSource(folder: string): Promise<Source> {
  const shards = await shardsIn(folder)
  const source = {
    total: shards.reduce((sum, { size }) => sum + size, 0),
    done: 0,
    async *batches() {
      for (const { path } of shards) {
        for await (const { lines, bytes } of linesOfShard(path)) {
          yield lines.map((line) => documentOf(line, path))
          source.done += bytes
        }
      }
    },
  }
  return source
}
