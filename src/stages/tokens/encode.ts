/** The kind `encode`: encodes documents to the ids of a tokenizer. */

import { defineKind } from '../shared/define-kind.ts'

export const encode = defineKind({
  name: 'encode',
  version: 2,
  summary: 'Encodes documents with a tokenizer.',
  documentation: `Writes \`tokens.bin\` (uint16 if the tokenizer has at most 65,536 ids, otherwise uint32; little-endian), \`offsets.bin\` (the end of
each document, in tokens, uint64), \`meta.json\`, and a copy of the tokenizer. Special tokens that a document spells out are ordinary text:
only \`begin_of_text\` and \`end_of_text\` add special tokens. Bytes that the tokenizer has no token for are left out and counted, and the run
warns.`,
  inputs: {
    docs: { kinds: ['Docs'], description: 'The documents to encode.' },
    tokenizer: { kinds: ['Tokenizer'], description: 'The tokenizer to encode them with.' },
  },
  settings: {
    end_of_text: {
      type: 'string',
      enum: ['auto', 'yes', 'no'],
      default: 'auto',
      description: 'Whether the end-of-text token follows each document; auto: if the tokenizer has one.',
    },
    begin_of_text: {
      type: 'string',
      enum: ['auto', 'yes', 'no'],
      default: 'auto',
      description:
        'Whether the token that begins a text (bos) precedes each document; auto: if the tokenizer itself adds it, as that of Llama 3 does.',
    },
  },
  positional: ['docs', 'tokenizer'],
  outputs({ inputs }) {
    const tokenizer = inputs.tokenizer
    if (tokenizer.kind !== 'Tokenizer') throw new Error(`encode was checked with a ${tokenizer.kind} for its tokenizer`)
    return [{ name: 'out', type: { kind: 'Tokens', tokenizer: tokenizer.tokenizer } }]
  },
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  hasParts: () => true,
  load: () => import('./encode.run.ts'),
})
