/** The kind `encode`: encodes documents to the ids of a tokenizer. */

import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/values/json.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import type { TokensMeta } from '../../text/tokens.ts'
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
  async run(stage) {
    const { copyFile } = await import('node:fs/promises')
    const { join } = await import('node:path')
    const { loadTokenizer, tokenizerFiles } = await import('../../text/load.ts')
    const { TokenWriter } = await import('../../text/tokens-writer.ts')
    const { Pace } = await import('../../data/pace.ts')
    const { CountedParts } = await import('../../data/pass/parts/counted-parts.ts')
    const { linePartsOf, linesOfPart } = await import('../../data/pass/parts/line-parts.ts')
    const { documentOf, shardsIn } = await import('../../data/shards/shards.ts')
    const folder = stage.inputs.tokenizer.path
    const tokenizer = loadTokenizer(folder)
    const out = stage.outputs.out
    const { endOfText, begin } = around(tokenizer, stage.settings as unknown as Around)
    const writer = new TokenWriter(out, tokenizer, endOfText, begin)
    const shards = await shardsIn(stage.inputs.docs.path)
    const total = shards.reduce((sum, { size }) => sum + size, 0)
    const pace = new Pace(stage, total, 'encoding')
    const parts = new CountedParts(stage.parts)
    let done = 0
    for await (const part of linePartsOf(shards)) {
      // The tokens of a part depend only on its documents.
      const content = { docs: part.sha256, tokenizer: stage.inputs.tokenizer.digest }
      const encoded = await parts.part(content, async (into) => {
        const own = new TokenWriter(into, tokenizer, endOfText, begin)
        for (const block of linesOfPart(part)) {
          for (const line of block.lines) own.add(documentOf(line, part.shard).text)
          await pace.at(done + block.done)
        }
        return own.finish() as unknown as Json
      })
      writer.append(encoded.folder, encoded.value as unknown as TokensMeta)
      done += part.bytes.length
      await pace.at(done)
    }
    const { tokens, documents, bytes, unknown, left_out: leftOut } = writer.finish()
    if (leftOut !== undefined) {
      const message = `${leftOut.bytes} ${leftOut.bytes === 1 ? 'byte' : 'bytes'} in ${leftOut.documents} of ${documents} documents left out: the tokenizer has no token for ${leftOut.bytes === 1 ? 'it' : 'them'}`
      stage.emit({ event: 'log', level: 'warning', message })
    }
    for (const name of tokenizerFiles) await copyFile(join(folder, name), join(out, name))
    if (bytes === 0 && documents > 0) {
      const message =
        `None of ${documents} documents has a text, so there is nothing to learn. If a field of the records is the text, ` +
        'name it: read(…, field: "…").'
      stage.emit({ event: 'log', level: 'warning', message })
    }
    const bytesPerToken = tokens === 0 ? 0 : bytes / tokens
    return {
      metrics: {
        tokens,
        documents,
        bytes,
        bytes_per_token: bytesPerToken,
        ...(unknown && { unknown }),
        ...(leftOut && { left_out: leftOut.bytes }),
      },
      summary: `${tokens.toLocaleString('en-US')} tokens, ${bytesPerToken.toFixed(2)} bytes each${unknown ? `, ${unknown.toLocaleString('en-US')} of them unknown` : ''}`,
      ...parts.report(),
    }
  },
})

type Choice = 'auto' | 'yes' | 'no'

interface Around {
  readonly end_of_text: Choice
  readonly begin_of_text: Choice
}

/** The ids before and after each document. */
function around(tokenizer: Tokenizer, { end_of_text: end, begin_of_text: begin }: Around) {
  const { endOfText, bos, wrap } = tokenizer
  if (end === 'yes' && endOfText === undefined) {
    throw new StageError(
      'no-end-of-text',
      'end_of_text is yes, but the tokenizer has no token for it',
      'Give it one: train_bpe(…, end_of_text: "<|endoftext|>"), or the same setting of characters and bytes.',
    )
  }
  const first = wrap.before.length > 0 ? wrap.before : bos === undefined ? [] : [bos]
  if (begin === 'yes' && first.length === 0) {
    throw new StageError(
      'no-begin-of-text',
      'begin_of_text is yes, but the tokenizer has no token for it',
      'It is `bos_token` in tokenizer_config.json: name both files, load_tokenizer("folder/tokenizer*.json").',
    )
  }
  return {
    endOfText: end === 'no' ? undefined : endOfText,
    begin: begin === 'auto' ? wrap.before : begin === 'yes' ? first : [],
  }
}
