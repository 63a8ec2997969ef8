/** The kind `sample`: some of the documents, drawn at random. */

import { defineKind } from '../shared/define-kind.ts'
import { countReport, recordsInput, sameType } from '../shared/record-kinds.ts'
import { seedSetting } from './documents/docs-output.ts'

/** The size of 100 %. A size of 1 is one document. */
const all = '100%'

export const sample = defineKind({
  name: 'sample',
  version: 1,
  summary: 'Draws some of the documents at random; their order stays.',
  documentation: `\`docs |> sample(256, seed: 3)\`, \`docs |> sample(10%)\`. Every document gets a random number, made of the seed and its text, and
exactly as many documents as wanted, those with the lowest numbers, are drawn. So a larger sample contains a smaller one, and a change of some
documents hardly changes which others are drawn.`,
  inputs: { docs: recordsInput },
  settings: {
    size: {
      type: 'number',
      exclusiveMinimum: 0,
      countOrPart: true,
      description: 'The number of documents (256), or a share of them (10%, up to 100%).',
    },
    seed: seedSetting,
  },
  positional: ['docs', 'size'],
  outputs: sameType,
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  async run(stage) {
    const { Numbers } = await import('../../data/sampling/numbers.ts')
    const { RandomKeys } = await import('../../data/sampling/random-keys.ts')
    const { recordsIn, recordWriter, stemOf } = await import('../../data/shards/records.ts')
    const { linesIn } = await import('../../data/shards/walk.ts')
    const { lowest } = await import('../../data/sampling/select.ts')
    const { size, seed } = stage.settings
    const artefact = stage.inputs.docs
    const keys = new RandomKeys(seed, 'sample')
    const numbers = new Numbers()
    for await (const records of recordsIn(artefact, stage, 'drawing')) {
      for (const { content } of records) numbers.push(keys.ofContent(content))
    }
    const count = numbers.length
    const wanted = size === all ? count : size < 1 ? Math.max(1, Math.round(size * count)) : size
    if (wanted > numbers.length) {
      const message = `There are ${numbers.length} documents, fewer than the ${wanted} to draw: all are taken.`
      stage.emit({ event: 'log', level: 'warning', message })
    }
    const isDrawn = lowest(numbers, wanted)
    const writer = recordWriter(stage.outputs.out, artefact.kind)
    let index = 0
    for await (const { lines } of linesIn([artefact.path], stage, 'writing', stemOf(artefact.kind))) {
      for (const line of lines) if (isDrawn(index++)) writer.writeLine(line)
    }
    writer.close()
    return countReport(Math.min(wanted, numbers.length))
  },
})
