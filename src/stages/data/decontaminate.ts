/** The kind `decontaminate`: leaves out examples that share too many words in a row with other texts. */

import type { Document } from '../../data/document.ts'
import { versionWithWords } from '../../data/words/segmentation.ts'
import { defineKind } from '../shared/define-kind.ts'

const kinds = ['Docs', 'Pairs', 'Prompts', 'Rankings', 'Answers'] as const

export const decontaminate = defineKind({
  name: 'decontaminate',
  version: versionWithWords(3),
  summary: 'Leaves out examples that share words in a row with test texts.',
  documentation: `An example that shares ${'`ngram`'} words in a row with any text of \`against\` is left out. Words are compared without
case and punctuation (Brown et al. 2020, appendix C, whose n is 13 for most data sets; datatrove's is 12). In Chinese, Japanese, Thai
and other scripts without spaces, words are those that ICU finds. N-grams do not cross the messages of a conversation. Texts of fewer words than \`ngram\` cannot be compared: the log counts them.

Memory grows with \`against\`, by some 40 bytes for each of its words, and not with the examples.`,
  inputs: {
    of: { kinds, description: 'The examples to learn from.' },
    against: { kinds, list: true, description: 'The test texts, which the examples must not contain.' },
  },
  settings: {
    ngram: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 13,
      unit: 'count',
      description: 'The number of words in a row that count as shared.',
    },
  },
  positional: ['of', 'against'],
  outputs: ({ inputs }) => [{ name: 'out', type: inputs.of }],
  resources: () => ({ cpus: 1, memory: 1024 ** 3 }),
  async run(stage) {
    const { textsOf } = await import('../../data/conversations/examples.ts')
    const { NgramIndex } = await import('../../data/overlap/ngrams.ts')
    const { ExamplePass, itemsOf } = await import('../chat/example-pass.ts')
    const texts = (item: import('../chat/example-pass.ts').Item) =>
      item.example ? textsOf(item.example) : [item.document!.text]
    const ngram = stage.settings.ngram
    const index = new NgramIndex(ngram)
    for (const artefact of stage.inputs.against)
      for await (const item of itemsOf(stage, artefact, 'indexing')) for (const text of texts(item)) index.add(text)
    if (index.short > 0) {
      const message = `${index.short} texts of \`against\` have fewer than ${ngram} words and were not compared`
      stage.emit({ event: 'log', level: index.size === 0 ? 'warning' : 'info', message })
    }
    const of = stage.inputs.of
    const pass = new ExamplePass('decontaminate', stage.outputs.out, of.kind as (typeof kinds)[number])
    for await (const item of itemsOf(stage, of, 'comparing')) {
      pass.take(item)
      let shared: string | undefined
      for (const text of texts(item)) shared ??= index.find(text)
      if (shared === undefined) pass.write((item.example ?? item.document) as Document)
      else pass.drop(item, `${ngram} words in a row in common`, shared)
    }
    return pass.finish()
  },
})
