/** Reads the vocabulary and the merges of a BPE model in a tokenizer.json. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { AddedToken } from '../added.ts'
import type { Merges } from '../bpe/merge.ts'
import { asArray, asId, asObject, damaged, show } from './problem.ts'

/** The id of each token in `model.vocab`. A map, because a token can be any text, even `__proto__`. */
export function vocabOf(model: JsonObject): Map<string, number> {
  const vocab = new Map<string, number>()
  const tokens = new Map<number, string>()
  for (const [token, id] of Object.entries(asObject(model.vocab, 'model.vocab'))) {
    vocab.set(token, asId(id, `the token ${show(token)}`))
    const other = tokens.get(vocab.get(token)!)
    if (other !== undefined) throw damaged(`the tokens ${show(other)} and ${show(token)} have the same id ${show(id)}`)
    tokens.set(vocab.get(token)!, token)
  }
  return vocab
}

/** Throws a StageError `damaged-tokenizer` if added tokens and the vocabulary disagree about an id. */
export function checkAdded(vocab: ReadonlyMap<string, number>, added: readonly AddedToken[]): void {
  const tokens = new Map<number, string>()
  for (const [token, id] of vocab) tokens.set(id, token)
  for (const { content, id } of added) {
    const own = vocab.get(content)
    if (own !== undefined && own !== id)
      throw damaged(`the added token ${show(content)} has the id ${id}, and ${own} in the vocabulary`)
    const other = tokens.get(id)
    if (other !== undefined && other !== content)
      throw damaged(`the token ${show(other)} and the added token ${show(content)} have the same id ${id}`)
  }
}

/**
 * The merges in `model.merges`: texts with a blank between the two tokens, or pairs. The first `marked` units of the second token mark
 * that it continues a word, and are not part of the result.
 */
export function mergesOf(json: Json | undefined, vocab: ReadonlyMap<string, number>, marked = 0): Merges {
  const left: number[] = []
  const right: number[] = []
  const result: number[] = []
  const idOf = (text: string, merge: Json): number => {
    const id = vocab.get(text)
    if (id === undefined)
      throw damaged(`its merge ${show(merge)} needs the token ${show(text)}, which is not in its vocabulary`)
    return id
  }
  for (const merge of asArray(json ?? [], 'model.merges')) {
    const [a, b, ...more] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : []
    if (typeof a !== 'string' || typeof b !== 'string' || more.length > 0)
      throw damaged(`its merge ${show(merge)} is not a pair of tokens`)
    left.push(idOf(a, merge))
    right.push(idOf(b, merge))
    result.push(idOf(a + b.slice(marked), merge))
  }
  return { left, right, result }
}
