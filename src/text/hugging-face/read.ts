/** Reads a tokenizer.json as a tokenizer with the same ids. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { type AddedToken, plainAdded } from '../added.ts'
import type { Tokenizer, TokenizerSource } from '../tokenizer.ts'
import { addedTokens } from './added.ts'
import { configOf, namedTokens, type TokenizerConfig } from './config.ts'
import type { ReadFile } from './file.ts'
import { scoredTokens, tokenizerFrom, typeOf } from './models.ts'
import { normalizerOf } from './normalizer.ts'
import { wrapOf } from './post-processor.ts'
import { preTokenizerOf } from './pre-tokenizer.ts'
import { asObject, damaged } from './problem.ts'
import { checkAdded, vocabOf } from './vocab.ts'

/**
 * Reads a `tokenizer.json`: BPE, Unigram, WordPiece and WordLevel models with all steps of Hugging Face's library. Random tokenization
 * (dropout) and steps that do not exist there are a StageError `unsupported-tokenizer`; files that contradict themselves are a StageError
 * `damaged-tokenizer`.
 *
 * `source`: the files to write when the tokenizer is saved; without it, they are written from `json`.
 */
export function fromTokenizerJson(json: Json, config: TokenizerConfig = {}, source?: TokenizerSource): Tokenizer {
  const file = asObject(json, 'content')
  const model = asObject(file.model, 'model')
  const type = typeOf(model)
  const added = addedTokens(file.added_tokens)
  const vocab =
    type === 'Unigram' ? new Map(scoredTokens(model).tokens.map((token, id) => [token, id])) : vocabOf(model)
  checkAdded(vocab, added)
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
      notes: notesOf(file),
      source: source ?? { tokenizer: `${JSON.stringify(json, null, 1)}\n` },
    },
  }
  return tokenizerFrom(type, read)
}

/** The settings of the file that are not applied, as sentences. */
function notesOf({ truncation, padding }: JsonObject): string[] {
  const sections = [...(truncation ? ['truncation'] : []), ...(padding ? ['padding'] : [])]
  if (sections.length === 0) return []
  return [`its ${sections.join(' and ')} settings are not applied: texts keep their length`]
}

function checkIds(ids: readonly number[], vocab: ReadonlyMap<string, number>, added: readonly AddedToken[]): void {
  if (ids.length === 0) return
  const known = new Set([...vocab.values(), ...added.map(({ id }) => id)])
  for (const id of ids) if (!known.has(id)) throw damaged(`its post-processor adds the id ${id}, which no token has`)
}
