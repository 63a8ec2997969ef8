/** The parts of a tokenizer.json that all models share, and what is made of them. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { AddedToken } from '../added.ts'
import type { BpeOptions } from '../bpe/bpe.ts'
import { fromAlphabet } from '../bpe/byte-alphabet.ts'
import { chainDecoder, type Decoder } from '../decode/decoder.ts'
import { byteOfName } from '../decode/steps.ts'
import type { SpecialTokens } from '../special.ts'
import { makeVocabulary, type Vocabulary } from '../vocabulary.ts'
import type { ReadDecoder } from './decoder.ts'
import type { ReadPreTokenizer } from './pre-tokenizer.ts'
import { damaged, show } from './problem.ts'

export interface ReadFile {
  readonly model: JsonObject
  readonly vocab: ReadonlyMap<string, number>
  readonly pre: ReadPreTokenizer
  readonly decoder: Json | undefined
  readonly special: SpecialTokens & { readonly ids: ReadonlyMap<string, number> }
  readonly size: number | undefined
  readonly options: BpeOptions & { readonly added: readonly AddedToken[] }
}

const utf8 = new TextEncoder()

/** The form of an added token in the text in which it is searched. */
export function spelled({ content, normalized }: AddedToken, { normalize }: BpeOptions): string {
  return normalized && normalize !== undefined ? normalize(content, 'between') : content
}

/** The decoder of tokens that are texts, and the vocabulary with the bytes of each. `ofModel`: the texts of ids 0, 1, …; default: those of the vocabulary. */
export function decoded(
  { vocab, special, size, options }: ReadFile,
  { steps, byteNames, byteLevel }: ReadDecoder,
  ofModel?: readonly string[],
): { readonly vocabulary: Vocabulary; readonly decoder: Decoder } {
  const texts: (string | undefined)[] = [...(ofModel ?? [])]
  if (ofModel === undefined) for (const [text, id] of vocab) texts[id] = text
  for (const token of options.added) texts[token.id] = spelled(token, options)
  const bytesOf = (text: string): Uint8Array => {
    const byte = byteNames ? byteOfName(text) : undefined
    if (byte !== undefined) return Uint8Array.of(byte)
    const bytes = byteLevel ? fromAlphabet(text) : undefined
    if (bytes !== undefined) return bytes
    const middle = steps.reduce((sofar, step) => step.middle(sofar), text)
    // A token always has bytes, even if its text is empty: an id without bytes has no token.
    return utf8.encode(middle === '' ? text : middle)
  }
  const tokens = Array.from(texts, (text) => (text === undefined ? undefined : bytesOf(text)))
  const vocabulary = makeVocabulary(tokens, special.ids, { endOfText: special.endOfText, size })
  texts.length = vocabulary.size
  return { vocabulary, decoder: chainDecoder(texts, steps) }
}

/** The id of the unknown token that a model names; `undefined` if it names none. */
export function unknownOf(name: Json | undefined, vocab: ReadonlyMap<string, number>): number | undefined {
  if (name === undefined || name === null) return undefined
  const id = typeof name === 'string' ? vocab.get(name) : undefined
  if (id === undefined) throw damaged(`its unknown token ${show(name)} is not in its vocabulary`)
  return id
}

/** Whether a tokenizer has only a model and special tokens without rules, as llmpipe's own tokenizers have. */
export function isPlain(
  { added, normalize, wrap, bos, pad }: ReadFile['options'],
  { fast }: ReadPreTokenizer,
): boolean {
  if (fast === undefined) return false
  const parts = [normalize, fast.prepare, bos, pad, wrap?.before[0], wrap?.after[0]]
  const rules = (token: AddedToken) =>
    !token.special || token.singleWord || token.lstrip || token.rstrip || token.normalized
  return parts.every((part) => part === undefined) && !added.some(rules)
}
