/** Reads the decoder of a tokenizer.json, which turns tokens into text. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { DecodeStep } from '../decode/decoder.ts'
import * as steps from '../decode/steps.ts'
import { patternIn } from './pattern.ts'
import { asText, boolean, damaged, one, show, stepsIn, unsupported } from './problem.ts'

/** The steps of each type of decoder, which `Sequence` combines. */
const types: Readonly<Record<string, (step: JsonObject) => DecodeStep>> = {
  BPEDecoder: (step) => steps.wordSuffix(asText(step.suffix ?? '</w>', 'decoder.suffix')),
  ByteFallback: steps.byteFallback,
  ByteLevel: steps.byteLevel,
  CTC: (step) =>
    steps.ctc(
      asText(step.pad_token ?? '<pad>', 'decoder.pad_token'),
      asText(step.word_delimiter_token ?? '|', 'decoder.word_delimiter_token'),
      boolean(step, 'cleanup', true, 'decoder'),
    ),
  Fuse: steps.fuse,
  Metaspace(step) {
    const drops = step.prepend_scheme !== 'never' && step.add_prefix_space !== false
    return steps.metaspace(one(step.replacement, 'decoder.replacement'), drops)
  },
  Replace: (step) => steps.replace(patternIn(step.pattern, 'decoder.pattern'), asText(step.content, 'decoder.content')),
  Strip: (step) =>
    steps.strip(
      one(step.content, 'decoder.content'),
      count(step.start, 'decoder.start'),
      count(step.stop, 'decoder.stop'),
    ),
  WordPiece: (step) =>
    steps.wordPiece(asText(step.prefix ?? '##', 'decoder.prefix'), boolean(step, 'cleanup', true, 'decoder')),
}

export interface ReadDecoder {
  readonly steps: readonly DecodeStep[]
  /** Whether tokens like `<0x0A>` are bytes. */
  readonly byteNames: boolean
  /** Whether the tokens are written in GPT-2's byte alphabet. */
  readonly byteLevel: boolean
}

/** The decoder of a file; without one, the tokens are joined with blanks. */
export function decoderOf(json: Json | undefined): ReadDecoder {
  const read = stepsIn(json, 'decoders', 'decoder')
  const found = read.map((step) => {
    const type = typeof step.type === 'string' && Object.hasOwn(types, step.type) ? types[step.type] : undefined
    if (type === undefined) throw unsupported(`its decoder has the step ${show(step)}`)
    return type(step)
  })
  // An empty sequence is a decoder too.
  const hasDecoder = json !== undefined && json !== null
  return {
    steps: hasDecoder ? found : [steps.blanksBetween()],
    byteNames: read.some(({ type }) => type === 'ByteFallback'),
    byteLevel: read.some(({ type }) => type === 'ByteLevel'),
  }
}

/** Whether a decoder only decodes GPT-2's byte alphabet. Byte-level tokenizers need no decoder that says so. */
export function isByteLevelOnly(json: Json | undefined): boolean {
  const steps = stepsIn(json, 'decoders', 'decoder')
  const others = steps.filter(({ type }) => type !== 'ByteLevel')
  return others.length === 0 || (others.length < steps.length && others.every(({ type }) => type === 'Fuse'))
}

function count(json: Json | undefined, what: string): number {
  const value = json ?? 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw damaged(`its ${what} is ${show(json)}, not a number of characters`)
}
