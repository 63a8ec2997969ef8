/** Decoding gives the text back, whatever it is and whichever tokenizer. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { CharacterSet, charactersTokenizer } from '../../src/text/characters.ts'
import { specialTokens } from '../../src/text/special.ts'
import { namedPatterns } from '../../src/text/split/splitter.ts'
import type { Tokenizer } from '../../src/text/tokenizer.ts'
import { anyText, corpus, samples } from './samples.ts'
import { trained } from './trained.ts'

const special = specialTokens('<|endoftext|>', ['<|im_start|>'])

const tokenizers: [string, Tokenizer][] = [
  ['bytes', bytesTokenizer(special)],
  ['BPE with the GPT-2 pattern', trained(corpus, { pattern: namedPatterns.gpt2, tokens: 600 })],
  ['BPE with the GPT-4 pattern', trained(corpus, { pattern: namedPatterns.gpt4, tokens: 600 })],
  ['BPE with a pattern of its own', trained(corpus, { pattern: '\\p{L}+|\\s', tokens: 600 })],
  ['BPE without a pattern', trained(corpus, { pattern: undefined, tokens: 600 })],
  ['BPE without merges', trained(corpus, { pattern: namedPatterns.gpt4, tokens: 256 })],
]

describe.each(tokenizers)('%s', (_name, tokenizer) => {
  it.each(Object.entries(samples))('gives %s back', (_sample, text) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })

  it('gives any text back, at once and as a stream', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(text)
        expect(tokenizer.decode(ids)).toBe(text)
        const stream = tokenizer.stream()
        expect([...ids].map((id) => stream.push(id)).join('') + stream.end()).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  it('makes a lone surrogate U+FFFD', () => {
    expect(tokenizer.decode(tokenizer.encode('a\ud800b\udc00'))).toBe('a\ufffdb\ufffd')
  })

  it('treats special tokens in text as text, unless asked to recognize them', () => {
    const [end, start] = [tokenizer.special.get('<|endoftext|>')!, tokenizer.special.get('<|im_start|>')!]
    const text = 'a<|endoftext|><|im_start|>b'
    expect([...tokenizer.encode(text)].filter((id) => id === end || id === start)).toEqual([])
    const recognized = [...tokenizer.encode(text, { special: 'all' })]
    expect(recognized).toEqual([...tokenizer.encode('a'), end, start, ...tokenizer.encode('b')])
    expect(tokenizer.decode(recognized)).toBe(text)
    const one = [...tokenizer.encode(text, { special: ['<|im_start|>'] })]
    expect(one).toContain(start)
    expect(one).not.toContain(end)
  })

  it('says which ids there are when asked for another', () => {
    expect(() => tokenizer.decode([tokenizer.size])).toThrow(`there is no token ${tokenizer.size}`)
  })
})

describe('characters', () => {
  it('gives back any text made of the characters it knows', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const set = new CharacterSet()
        set.add(text)
        const tokenizer = charactersTokenizer(set.list(), special)
        const ids = tokenizer.encode(text)
        expect(tokenizer.decode(ids)).toBe(text)
        expect(ids.length).toBe([...text].length)
      }),
      { numRuns: 100 },
    )
  })

  it('numbers the characters by their code points, and special tokens after them', () => {
    const set = new CharacterSet()
    set.add('b👍\ufb01a')
    expect(set.list()).toEqual(['a', 'b', '\ufb01', '👍'])
    const tokenizer = charactersTokenizer(set.list(), special)
    expect([...tokenizer.encode('b👍')]).toEqual([1, 3])
    expect(tokenizer.endOfText).toBe(4)
    expect(tokenizer.size).toBe(6)
  })

  it('lists the characters it does not know, or gives them the token for such', () => {
    expect(() => charactersTokenizer(['a'], special).encode('abc')).toThrow('does not know "b" (U+0062), "c" (U+0063)')
    const tokenizer = charactersTokenizer(['a'], specialTokens('', ['<unk>']), { unknown: '<unk>' })
    expect([...tokenizer.encode('abc')]).toEqual([0, 1, 1])
  })
})

it('gives the same ids after its cache of pieces was full and emptied', () => {
  const texts = [...samples.prose!.split(','), ...corpus]
  const used = trained(texts, { pattern: namedPatterns.gpt2, tokens: 600 })
  const fresh = trained(texts, { pattern: namedPatterns.gpt2, tokens: 600 })
  const numbers = Array.from({ length: 140_000 }, (_, i) => ` ${i}`).join('')
  expect(used.decode(used.encode(numbers))).toBe(numbers)
  for (const text of texts) expect(used.encode(text)).toEqual(fresh.encode(text))
})
