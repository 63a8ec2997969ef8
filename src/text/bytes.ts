/** The byte tokenizer: the 256 bytes are the ids 0 to 255, and special tokens follow. It encodes every text and needs no training. */

import { numbered, type SpecialTokens } from './special.ts'
import { makeTokenizer, type Tokenizer, type TokenizerSource } from './tokenizer.ts'
import { makeVocabulary } from './vocabulary.ts'

const utf8 = new TextEncoder()

export function bytesTokenizer(
  special: SpecialTokens,
  size?: number,
  source?: TokenizerSource,
  notes: readonly string[] = [],
): Tokenizer {
  const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  const vocabulary = makeVocabulary(tokens, numbered(special, 256), { endOfText: special.endOfText, size })
  return makeTokenizer({
    model: { type: 'bytes' },
    vocabulary,
    source,
    notes,
    encodePlain(text, into) {
      const bytes = utf8.encode(text)
      into.reserve(bytes.length)
      into.data.set(bytes, into.length)
      into.length += bytes.length
    },
  })
}
