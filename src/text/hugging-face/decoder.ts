/** Reads the decoder of a tokenizer.json, which turns tokens into text. */

import type { Json } from '../../core/values/json.ts'
import { asText, show, stepsIn, unsupported } from './problem.ts'

/** The decoder of a tokenizer whose tokens consist of characters. */
export interface TextDecoder {
  /** Decodes the text of one token. */
  readonly text: (token: string) => string
  /** Whether tokens like `<0x0A>` are bytes. */
  readonly bytes: boolean
  /** Whether a blank at the beginning of a text is removed. */
  readonly stripsBlank: boolean
}

/** Checks that the decoder of a byte-level tokenizer is byte-level. Throws a StageError `unsupported-tokenizer`. */
export function checkByteDecoder(json: Json | undefined): void {
  for (const step of stepsIn(json, 'decoders', 'decoder'))
    if (step.type !== 'ByteLevel' && step.type !== 'Fuse') throw unsupported(`its decoder has the step ${show(step)}`)
}

export function textDecoderOf(json: Json | undefined): TextDecoder {
  const texts: ((text: string) => string)[] = []
  let bytes = false
  let stripsBlank = false
  const steps = stepsIn(json, 'decoders', 'decoder')
  if (steps.length === 0 || steps.some(({ type }) => type === 'ByteLevel'))
    throw unsupported('its BPE is not byte-level, and it has no decoder that makes text of its tokens')
  for (const step of steps) {
    const pattern = step.pattern as { readonly String?: string } | undefined
    if (step.type === 'Replace' && typeof pattern?.String === 'string') {
      const from = pattern.String
      const to = asText(step.content, 'decoder.content')
      texts.push((text) => text.replaceAll(from, () => to))
    } else if (step.type === 'Metaspace') {
      const mark = asText(step.replacement, 'decoder.replacement')
      texts.push((text) => text.replaceAll(mark, ' '))
      stripsBlank = step.prepend_scheme !== 'never' && step.add_prefix_space !== false
    } else if (step.type === 'ByteFallback') bytes = true
    else if (step.type === 'Strip' && step.content === ' ' && step.start === 1 && (step.stop ?? 0) === 0)
      stripsBlank = true
    else if (step.type !== 'Fuse') throw unsupported(`its decoder has the step ${show(step)}`)
  }
  return { text: (token) => texts.reduce((text, step) => step(text), token), bytes, stripsBlank }
}
