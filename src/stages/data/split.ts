/** The kind `split`: documents into shares, one to train on and one held out. */

import { defineKind } from '../shared/define-kind.ts'
import { recordsInput } from '../shared/record-kinds.ts'
import { seedSetting } from './documents/docs-output.ts'

export const split = defineKind({
  name: 'split',
  version: 1,
  summary: 'Splits documents into shares, one for each name that the call is bound to.',
  documentation: `\`data train, held_out = docs |> split(98%, 2%, seed: 7)\`. Every document gets a random number, made of the seed and its
text, and the shares are cut exactly by these numbers. So copies are in the same share, and a document that is added or changed moves no other,
except at the cuts. The order stays.

\`by: characters\` cuts the text itself, in the order of the documents, and splits a document at a cut in two: the first 90 % of the characters
of a text to train on and the rest held out, as nanoGPT does.`,
  inputs: { docs: recordsInput },
  settings: {
    shares: {
      type: 'array',
      minItems: 2,
      items: {
        type: 'number',
        unit: 'fraction',
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description: 'A share.',
      },
      description: 'The share of each name; together they are 100%.',
    },
    by: {
      type: 'string',
      enum: ['documents', 'characters'],
      default: 'documents',
      description: 'Whether documents or characters are counted and cut.',
    },
    seed: seedSetting,
  },
  positional: ['docs'],
  rest: 'shares',
  outputs({ inputs, settings, names }) {
    const shares = settings.shares
    const sum = shares.reduce((total, share) => total + share, 0)
    if (Math.abs(sum - 1) > 1e-9) {
      return {
        code: 'invalid-setting',
        at: 'shares',
        message: `The shares are ${Number((sum * 100).toPrecision(10))} % together, not 100 %`,
      }
    }
    if (names !== shares.length) {
      const bound = names === 1 ? '1 name' : `${names} names`
      return {
        code: 'wrong-count',
        at: 'shares',
        message: `${shares.length} shares are bound to ${bound}`,
        help: 'Give a name for each share: `data train, held_out = docs |> split(98%, 2%)`.',
      }
    }
    const type = inputs.docs
    if (settings.by === 'characters' && type.kind !== 'Docs') {
      return { code: 'invalid-setting', at: 'by', other: 'docs', message: 'Only documents can be cut by characters' }
    }
    return shares.map((_, index) => ({ name: String(index), type }))
  },
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  load: () => import('./split.run.ts'),
})
