/** The kind `shuffle`: the documents in random order. */

import { defineKind } from '../shared/define-kind.ts'
import { countReport, recordsInput, sameType } from '../shared/record-kinds.ts'
import { seedSetting } from './documents/docs-output.ts'

export const shuffle = defineKind({
  name: 'shuffle',
  version: 1,
  summary: 'Puts the documents in random order.',
  documentation: `\`docs |> shuffle(seed: 5)\`. Documents that do not fit in memory are distributed to buckets on disk first, which are then shuffled one by
one. The order is the same.`,
  inputs: { docs: recordsInput },
  settings: { seed: seedSetting },
  positional: ['docs'],
  outputs: sameType,
  resources: () => ({ cpus: 1, memory: 1024 ** 3 }),
  async run(stage) {
    const { join } = await import('node:path')
    const { recordWriter, stemOf } = await import('../../data/shards/records.ts')
    const { shardsIn } = await import('../../data/shards/shards.ts')
    const { shuffleLines } = await import('../../data/sampling/shuffle.ts')
    const { linesIn } = await import('../../data/shards/walk.ts')
    const { kind, path } = stage.inputs.docs
    const stem = stemOf(kind)
    const bytes = (await shardsIn(path, stem)).reduce((sum, { size }) => sum + size, 0)
    const writer = recordWriter(stage.outputs.out, kind)
    let documents = 0
    const counted = async function* () {
      for await (const batch of linesIn([path], stage, 'dealing', stem)) {
        documents += batch.lines.length
        yield batch
      }
    }
    await shuffleLines(counted(), stage.settings.seed, bytes, join(stage.work, 'shuffle'), writer)
    writer.close()
    return countReport(documents)
  },
})
