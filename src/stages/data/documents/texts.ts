/** The kind `texts`: documents whose texts stand in the program. */

import { defineKind } from '../../shared/define-kind.ts'
import { countReport } from '../../shared/record-kinds.ts'
import { docsOutput } from './docs-output.ts'

export const texts = defineKind({
  name: 'texts',
  version: 1,
  summary: 'Makes documents of texts in the program.',
  documentation: `\`texts("Home | About", "The quick brown fox.")\` makes two documents, for tests of recipes and for small examples. Every text
is a document, in the order of the program; an empty one too. Documents have ids that are made of their content, and no fields.`,
  inputs: {},
  settings: {
    texts: {
      type: 'array',
      items: { type: 'string', description: 'A text.' },
      minItems: 1,
      description: 'The texts, one for each document.',
    },
  },
  positional: [],
  rest: 'texts',
  outputs: docsOutput,
  resources: () => ({ cpus: 1, memory: 64 * 1024 ** 2 }),
  async run(stage) {
    const { Document } = await import('../../../data/document.ts')
    const { ShardWriter } = await import('../../../data/shards/shards.ts')
    const writer = new ShardWriter(stage.outputs.out)
    for (const text of stage.settings.texts) writer.write(new Document(text))
    writer.close()
    return countReport(stage.settings.texts.length)
  },
})
