/** Runs `encode`: encodes the documents by parts, and joins the tokens of all parts. */

import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { PartedWork } from '../../core/kind/stage.ts'
import type { Json } from '../../core/values/json.ts'
import { Pace } from '../../data/pace.ts'
import { linesOfPart } from '../../data/pass/parts/line-parts.ts'
import { madeParts, PartCounts } from '../../data/pass/parts/made-parts.ts'
import { partsOfLines } from '../../data/pass/parts/pass-parts.ts'
import { documentOf } from '../../data/shards/shards.ts'
import { loadTokenizer, tokenizerFiles } from '../../text/load.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import type { TokensMeta } from '../../text/tokens.ts'
import { TokenWriter } from '../../text/tokens-writer.ts'
import type { PartsOf, RunOf, StageOf } from '../shared/define-kind.ts'
import type { encode } from './encode.ts'

/** Makes a writer of tokens in a folder. */
type WriterOf = (folder: string) => TokenWriter

function writerOf({ inputs, settings }: StageOf<typeof encode>): WriterOf {
  const tokenizer = loadTokenizer(inputs.tokenizer.path)
  const { endOfText, begin } = around(tokenizer, settings)
  return (folder) => new TokenWriter(folder, tokenizer, endOfText, begin)
}

async function workOf({ inputs }: StageOf<typeof encode>, writer: WriterOf): Promise<PartedWork> {
  const lines = await partsOfLines(inputs.docs.path)
  return {
    total: lines.total,
    tasks: lines.tasks,
    async open(task) {
      const part = await lines.read(task)
      return {
        // The tokens of a part depend only on its documents.
        content: { docs: part.sha256, tokenizer: inputs.tokenizer.digest },
        async make(folder, at) {
          const own = writer(folder)
          for (const block of linesOfPart(part)) {
            for (const line of block.lines) own.add(documentOf(line, part.shard).text)
            await at(block.done)
          }
          return own.finish() as unknown as Json
        },
      }
    },
  }
}

export const parts: PartsOf<typeof encode> = (stage) => workOf(stage, writerOf(stage))

export const run: RunOf<typeof encode> = async (stage) => {
  const writer = writerOf(stage)
  const out = stage.outputs.out
  const whole = writer(out)
  const work = await workOf(stage, writer)
  const pace = new Pace(stage, work.total, 'encoding')
  const counts = new PartCounts()
  let done = 0
  for await (const part of madeParts(stage, work, counts, (now) => pace.at(now))) {
    whole.append(part.folder, part.value as unknown as TokensMeta)
    done += part.size
    await pace.at(done)
  }
  const { tokens, documents, bytes, unknown, left_out: leftOut } = whole.finish()
  if (leftOut !== undefined) {
    const message = `${leftOut.bytes} ${leftOut.bytes === 1 ? 'byte' : 'bytes'} in ${leftOut.documents} of ${documents} documents left out: the tokenizer has no token for ${leftOut.bytes === 1 ? 'it' : 'them'}`
    stage.emit({ event: 'log', level: 'warning', message })
  }
  for (const name of tokenizerFiles) await copyFile(join(stage.inputs.tokenizer.path, name), join(out, name))
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
    ...counts.report(),
  }
}

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
