/** Hugging Face's library loads the tokenizer.json that llmpipe writes, with the same ids, and llmpipe reads it back. */

import { Tokenizer as HuggingFace } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { Tiktoken } from 'js-tiktoken/lite'
import r50k from 'js-tiktoken/ranks/r50k_base'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/values/json.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { CharacterSet, charactersTokenizer } from '../../src/text/characters.ts'
import { specialTokens } from '../../src/text/special.ts'
import { namedPatterns } from '../../src/text/split/splitter.ts'
import type { Tokenizer } from '../../src/text/tokenizer.ts'
import { fromTokenizerJson, toTokenizerConfig, toTokenizerJson } from '../../src/text/tokenizer-json.ts'
import { tiktoken } from './ranks.ts'
import { anyText, corpus, samples, withoutDisputedSpaces } from './samples.ts'
import { trained } from './trained.ts'

const special = specialTokens('<|endoftext|>', ['<|im_start|>'])
const characters = new CharacterSet()
for (const text of Object.values(samples)) characters.add(text)

const tokenizers: [string, Tokenizer][] = [
  ['bytes', bytesTokenizer(special)],
  ['characters', charactersTokenizer(characters.list(), specialTokens('', []))],
  [
    'characters with an unknown token',
    charactersTokenizer(['a', ' ', '\n'], specialTokens('', ['?']), { unknown: '?' }),
  ],
  ['BPE, GPT-2 pattern', trained(corpus, { pattern: namedPatterns.gpt2, tokens: 700 })],
  ['BPE, GPT-4 pattern', trained(corpus, { pattern: namedPatterns.gpt4, tokens: 700 })],
  ['BPE, own pattern', trained(corpus, { pattern: '\\p{L}+|\\s', tokens: 700 })],
  ['BPE with rows never used', trained(corpus, { pattern: namedPatterns.gpt4, tokens: 400, size: 500 })],
  ['r50k_base', tiktoken(r50k)],
]

describe.each(tokenizers)('%s', (name, ours) => {
  const json = JSON.parse(JSON.stringify(toTokenizerJson(ours))) as Json
  const config = JSON.parse(JSON.stringify(toTokenizerConfig(ours)))
  const theirs = new HuggingFace(json as object, config)
  const again = fromTokenizerJson(json, config)
  // Hugging Face's library always finds special tokens in text.
  const idsOfTheirs = (text: string) => theirs.encode(text, { add_special_tokens: false }).ids

  it.each(Object.entries(samples))('has the ids of Hugging Face on %s', (_sample, text) => {
    expect([...ours.encode(text, { special: 'all' })]).toEqual(idsOfTheirs(text))
    expect([...again.encode(text)]).toEqual([...ours.encode(text)])
  })

  // Any text is not for a tokenizer of some characters: those it lacks are an error.
  if (name !== 'characters')
    it('has the ids of Hugging Face on any text', () => {
      fc.assert(
        fc.property(anyText.map(withoutDisputedSpaces), (text) => {
          expect([...ours.encode(text)]).toEqual(idsOfTheirs(text))
        }),
        { numRuns: 200 },
      )
    })

  it('decodes as Hugging Face does', () => {
    const text = samples.prose! + samples.emoji
    const ids = [...ours.encode(text)]
    expect(theirs.decode(ids, { skip_special_tokens: false })).toBe(ours.decode(ids))
  })

  it('is the same tokenizer when read back', () => {
    expect(again.size).toBe(ours.size)
    expect(again.endOfText).toBe(ours.endOfText)
    expect(again.special).toEqual(ours.special)
    expect(again.model.type).toBe(ours.model.type)
    expect(JSON.stringify(toTokenizerJson(again))).toBe(JSON.stringify(toTokenizerJson(ours)))
  })
})

it('has the ids of js-tiktoken after r50k_base went through tokenizer.json', () => {
  const again = fromTokenizerJson(toTokenizerJson(tiktoken(r50k)))
  const theirs = new Tiktoken(r50k)
  for (const text of Object.values(samples)) expect([...again.encode(text)]).toEqual(theirs.encode(text, [], []))
})

describe('refuses, saying why,', () => {
  const bpe = toTokenizerJson(trained(corpus, { pattern: namedPatterns.gpt2, tokens: 300 })) as Record<string, Json>
  it.each([
    ['a model that does not exist', { ...bpe, model: { type: 'Morphemes', vocab: {} } }, 'its model is "Morphemes"'],
    ['a normalizer that does not exist', { ...bpe, normalizer: { type: 'Upper' } }, '"type":"Upper"'],
    ['a pre-tokenizer that does not exist', { ...bpe, pre_tokenizer: { type: 'Syllables' } }, '"type":"Syllables"'],
    ['a decoder that does not exist', { ...bpe, decoder: { type: 'toString' } }, '"type":"toString"'],
  ])('%s', (_what, json, message) => {
    expect(() => fromTokenizerJson(json)).toThrow(message)
  })
})
