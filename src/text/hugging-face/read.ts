/** Reads a tokenizer.json as a tokenizer with the same ids. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { type AddedToken, plainAdded } from '../added.ts'
import { type BpeOptions, bpeTokenizer } from '../bpe/bpe.ts'
import { fromAlphabet } from '../bpe/byte-alphabet.ts'
import { bytesTokenizer } from '../bytes.ts'
import { charactersTokenizer } from '../characters.ts'
import type { SpecialTokens } from '../special.ts'
import type { Tokenizer, TokenizerSource } from '../tokenizer.ts'
import { makeVocabulary } from '../vocabulary.ts'
import { addedTokens } from './added.ts'
import { configOf, namedTokens, type TokenizerConfig } from './config.ts'
import { checkByteDecoder, textDecoderOf } from './decoder.ts'
import { normalizerOf } from './normalizer.ts'
import { wrapOf } from './post-processor.ts'
import { type PreTokenizer, preTokenizerOf } from './pre-tokenizer.ts'
import { asObject, damaged, show, unsupported } from './problem.ts'
import { mergesOf, vocabOf } from './vocab.ts'
import { anyCharacter } from './write.ts'

/** The parts of a file that all models share. */
interface ReadFile {
  readonly model: JsonObject
  readonly vocab: ReadonlyMap<string, number>
  readonly pre: PreTokenizer
  readonly decoder: Json | undefined
  readonly special: SpecialTokens & { readonly ids: ReadonlyMap<string, number> }
  readonly size: number | undefined
  readonly options: BpeOptions & { readonly added: readonly AddedToken[] }
}

/**
 * Reads a `tokenizer.json`: byte-level BPE with any split pattern, BPE of characters with byte fallback (SentencePiece), and llmpipe's
 * own character and byte tokenizers. Others (WordPiece, Unigram, words) are a StageError `unsupported-tokenizer`; files that contradict
 * themselves are a StageError `damaged-tokenizer`.
 *
 * `source`: the files to write when the tokenizer is saved; without it, they are written from `json`.
 */
export function fromTokenizerJson(json: Json, config: TokenizerConfig = {}, source?: TokenizerSource): Tokenizer {
  const file = asObject(json, 'content')
  const model = asObject(file.model, 'model')
  const type = model.type ?? 'BPE'
  if (type !== 'BPE' && type !== 'WordLevel') throw unsupported(`its model is ${show(type)}`)
  const added = addedTokens(file.added_tokens)
  const vocab = vocabOf(model, added)
  const ids = new Map(added.map(({ content, id }) => [content, id]))
  const idOf = (content: string) => ids.get(content) ?? vocab.get(content)
  const wrap = wrapOf(file.post_processor)
  checkIds(wrap.before.concat(wrap.after), vocab, added)
  const { bos, pad, endOfText } = namedTokens(configOf(config as Json), idOf, wrap.before[0])
  const special = new Map(added.filter((token) => token.special).map(({ content, id }) => [content, id]))
  // The end-of-text token is never found in text, even if only the configuration names it.
  const end = endOfText === undefined ? undefined : idOf(endOfText)
  if (end !== undefined && !special.has(endOfText!)) {
    special.set(endOfText!, end)
    const token = added.find(({ id }) => id === end)
    if (token === undefined) added.push(plainAdded(endOfText!, end, true))
    else added[added.indexOf(token)] = { ...token, special: true }
    added.sort((a, b) => a.id - b.id)
  }
  const read: ReadFile = {
    model,
    vocab,
    pre: preTokenizerOf(file.pre_tokenizer),
    decoder: file.decoder,
    special: { tokens: [...special.keys()].sort((a, b) => special.get(a)! - special.get(b)!), endOfText, ids: special },
    size: config.declared_vocab_size,
    options: {
      added,
      bos,
      pad,
      wrap,
      normalize: normalizerOf(file.normalizer),
      source: source ?? { tokenizer: `${JSON.stringify(json, null, 1)}\n` },
    },
  }
  if (type === 'WordLevel') return charactersFrom(read)
  for (const setting of ['continuing_subword_prefix', 'end_of_word_suffix', 'dropout'] as const)
    if (model[setting]) throw unsupported(`its BPE model sets ${setting}`)
  return read.pre.bytes ? bytesFrom(read) : textFrom(read)
}

function checkIds(ids: readonly number[], vocab: ReadonlyMap<string, number>, added: readonly AddedToken[]): void {
  if (ids.length === 0) return
  const known = new Set([...vocab.values(), ...added.map(({ id }) => id)])
  for (const id of ids) if (!known.has(id)) throw damaged(`its post-processor adds the id ${id}, which no token has`)
}

function charactersFrom({ model, vocab, pre, special, size, options }: ReadFile): Tokenizer {
  const characters = [...vocab.keys()]
    .filter((text) => !special.ids.has(text))
    .sort((a, b) => vocab.get(a)! - vocab.get(b)!)
  const [split, ...more] = pre.split
  const splits = more.length === 0 && split?.pattern === anyCharacter && split.behavior === 'isolated'
  if (!splits || characters.some((text, id) => [...text].length !== 1 || vocab.get(text) !== id))
    throw unsupported('its model is WordLevel with whole words, not with single characters')
  if (!isPlain(options, pre))
    throw unsupported(
      'its model is WordLevel, and it changes or splits text in other ways than llmpipe’s own tokenizers',
    )
  const unknown = typeof model.unk_token === 'string' && special.ids.has(model.unk_token) ? model.unk_token : undefined
  return charactersTokenizer(characters, special, { unknown, size, source: options.source })
}

/** Reads byte-level BPE, whose tokens are written in GPT-2's alphabet. */
function bytesFrom({ model, vocab, pre, decoder, special, size, options }: ReadFile): Tokenizer {
  checkByteDecoder(decoder)
  const tokens: (Uint8Array | undefined)[] = []
  for (const token of options.added) tokens[token.id] = utf8.encode(spelled(token, options))
  let inOrder = true
  for (const [text, id] of vocab) {
    if (tokens[id] !== undefined) continue
    const bytes = fromAlphabet(text)
    if (bytes === undefined) throw unsupported(`its token ${show(text)} is not written in the byte alphabet`)
    tokens[id] = bytes
    inOrder &&= bytes.length === 1 && bytes[0] === id
  }
  const merges = mergesOf(model.merges, vocab)
  const ours = inOrder && tokens.length === 256 + options.added.length && options.added.every(({ id }) => id >= 256)
  if (ours && merges.left.length === 0 && pre.split.length === 0 && isPlain(options, pre))
    return bytesTokenizer(special, size, options.source)
  return bpeTokenizer(
    {
      type: 'bpe',
      split: pre.split,
      merges,
      ignoreMerges: model.ignore_merges === true,
      unknown: unknownOf(model, vocab),
    },
    makeVocabulary(tokens, special.ids, { endOfText: special.endOfText, size }),
    { ...options, prepare: pre.prepare },
  )
}

/** Reads BPE of characters. The decoder determines the text of a token. */
function textFrom({ model, vocab, pre, decoder, special, size, options }: ReadFile): Tokenizer {
  const { text: decoded, bytes: hasBytes, stripsBlank } = textDecoderOf(decoder)
  const tokens: (Uint8Array | undefined)[] = []
  const ids = new Map<number, number>()
  for (const [text, id] of vocab) {
    const byte = hasBytes ? /^<0x([0-9A-F]{2})>$/.exec(text) : null
    tokens[id] = byte === null ? utf8.encode(decoded(text)) : Uint8Array.of(Number.parseInt(byte[1]!, 16))
    const point = text.codePointAt(0)
    if (point !== undefined && text.length === (point > 0xffff ? 2 : 1) && !special.ids.has(text)) ids.set(point, id)
  }
  for (const token of options.added) tokens[token.id] = utf8.encode(decoded(spelled(token, options)))
  const byteName = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
  return bpeTokenizer(
    {
      type: 'bpe',
      split: pre.split,
      merges: mergesOf(model.merges, vocab),
      ignoreMerges: model.ignore_merges === true,
      characters: {
        ids,
        bytes:
          model.byte_fallback === true
            ? Int32Array.from({ length: 256 }, (_, byte) => vocab.get(byteName(byte)) ?? -1)
            : undefined,
        fuseUnknown: model.fuse_unk === true,
      },
      unknown: unknownOf(model, vocab),
    },
    makeVocabulary(tokens, special.ids, { endOfText: special.endOfText, size, stripsBlank }),
    { ...options, prepare: pre.prepare, whole: vocab },
  )
}

const utf8 = new TextEncoder()

/** The form of an added token in the text in which it is searched. */
function spelled({ content, normalized }: AddedToken, { normalize }: BpeOptions): string {
  return normalized && normalize !== undefined ? normalize(content, 'between') : content
}

/** Whether a tokenizer has only a model and special tokens without rules, as llmpipe's own tokenizers have. */
function isPlain({ added, normalize, wrap, bos, pad }: ReadFile['options'], { prepare }: PreTokenizer): boolean {
  const parts = [normalize, prepare, bos, pad, wrap?.before[0], wrap?.after[0]]
  const rules = (token: AddedToken) =>
    !token.special || token.singleWord || token.lstrip || token.rstrip || token.normalized
  return parts.every((part) => part === undefined) && !added.some(rules)
}

function unknownOf(model: JsonObject, vocab: ReadonlyMap<string, number>): number | undefined {
  const name = model.unk_token ?? undefined
  if (name === undefined) return undefined
  const id = typeof name === 'string' ? vocab.get(name) : undefined
  if (id === undefined) throw damaged(`its unknown token ${show(name)} is not in its vocabulary`)
  return id
}
