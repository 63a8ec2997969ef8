/** The models, steps and decoders that only files have. The ids and texts are those of Hugging Face's `tokenizers` 0.23.3. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/values/json.ts'
import { loadTokenizer as loadKind } from '../../src/stages/tokens/load_tokenizer.ts'
import { fromTokenizerJson } from '../../src/text/tokenizer-json.ts'
import { inputFileOf } from '../core/input-file.ts'
import { Rig } from './rig.ts'

const rig = new Rig()

/** A tokenizer of a model, with other parts of the file. */
const tokenizerOf = (model: JsonObject, parts: JsonObject = {}) =>
  fromTokenizerJson({ added_tokens: [], normalizer: null, pre_tokenizer: null, decoder: null, ...parts, model })
const words = (...tokens: string[]) => ({
  type: 'WordLevel',
  vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
  unk_token: '<unk>',
})
const added = (id: number, content: string, flags: JsonObject = {}) => ({
  id,
  content,
  ...{ single_word: false, lstrip: false, rstrip: false, normalized: false, special: false, ...flags },
})

describe('Unigram', () => {
  const vocab = [
    ['<unk>', 0],
    ['a', 0],
    ['b', 0],
    ['c', 0],
    ['d', 0],
    ['cd', 1],
    ['ab', 2],
    ['abc', 5],
    ['abcd', 10],
  ]
  it('takes the likeliest tokens, and one unknown token for unknown characters in a row', () => {
    const tokenizer = tokenizerOf({ type: 'Unigram', unk_id: 0, vocab })
    expect([...tokenizer.encode('abcdacdxx')]).toEqual([8, 1, 5, 0])
    expect([...tokenizer.encode('')]).toEqual([])
  })

  it('falls back to bytes if all of them have a token', () => {
    const bytes = ['<0xC3>', '<0xA9>', '<0x78>'].map((token) => [token, -5])
    const tokenizer = tokenizerOf(
      { type: 'Unigram', unk_id: 0, vocab: [...vocab, ...bytes], byte_fallback: true },
      { decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] } },
    )
    expect([...tokenizer.encode('aéxzéx')]).toEqual([1, 0])
    expect([...tokenizer.encode('éxa')]).toEqual([9, 10, 11, 1])
    expect(tokenizer.decode([9, 10, 11, 1])).toBe('éxa')
  })

  it('never makes a special token of ordinary text', () => {
    const tokenizer = tokenizerOf(
      { type: 'Unigram', unk_id: 0, vocab: [...vocab, ['</s>', 0], ['<', -3], ['/', -3], ['s', -3], ['>', -3]] },
      { added_tokens: [added(9, '</s>', { special: true })] },
    )
    expect([...tokenizer.encode('a</s>')]).toEqual([1, 10, 11, 12, 13])
    expect([...tokenizer.encode('a</s>', { special: 'all' })]).toEqual([1, 9])
  })
})

it('WordPiece takes the longest tokens, and makes a word with an unknown part unknown as a whole', () => {
  const tokens = ['[UNK]', 'un', '##aff', '##able', '##a', 'able', '.']
  const tokenizer = tokenizerOf(
    { ...words(...tokens), type: 'WordPiece', unk_token: '[UNK]', max_input_chars_per_word: 10 },
    { pre_tokenizer: { type: 'BertPreTokenizer' }, decoder: { type: 'WordPiece', prefix: '##', cleanup: true } },
  )
  expect([...tokenizer.encode('unaffable able unx. unaffableaa')]).toEqual([1, 2, 3, 5, 0, 6, 0])
  expect(tokenizer.decode([1, 2, 3, 5, 6])).toBe('unaffable able.')
})

it('BPE marks the ends of words', () => {
  const vocab = { l: 0, o: 1, w: 2, 'w</w>': 3, lo: 4, 'low</w>': 5 }
  const tokenizer = tokenizerOf(
    { type: 'BPE', vocab, merges: ['l o', 'lo w</w>'], end_of_word_suffix: '</w>' },
    { pre_tokenizer: { type: 'WhitespaceSplit' }, decoder: { type: 'BPEDecoder', suffix: '</w>' } },
  )
  expect([...tokenizer.encode('low wlow w')]).toEqual([5, 2, 5, 3])
  expect(tokenizer.decode([5, 2, 5, 3])).toBe('low wlow w')
})

describe('the steps of Hugging Face', () => {
  it('count joiners as parts of words in Whitespace, and not the numbers ² and ½', () => {
    const tokenizer = tokenizerOf(words('<unk>', 'a\u200db', '½', 'a'), { pre_tokenizer: { type: 'Whitespace' } })
    expect([...tokenizer.encode('a\u200db a½')]).toEqual([1, 3, 2])
  })

  it('count joiners as parts of words next to a token that is a whole word', () => {
    const tokenizer = tokenizerOf(words('<unk>', 'a'), { added_tokens: [added(2, 'x', { single_word: true })] })
    expect([...tokenizer.encode('x\u200d')]).toEqual([0])
    expect([...tokenizer.encode('x½')]).toEqual([2, 0])
  })

  it('find a token again in the white space that a token before it includes, unless that includes what is before it', () => {
    const spaces = (flags: JsonObject) =>
      tokenizerOf(words('<unk>', 'a', 'b'), { added_tokens: [added(3, '  ', flags)] })
    expect([...spaces({ rstrip: true }).encode('a      b')]).toEqual([1, 3, 3, 3, 2])
    expect([...spaces({ rstrip: true, lstrip: true }).encode('a      b')]).toEqual([1, 3, 2])
    expect([...spaces({ lstrip: true }).encode('a      b')]).toEqual([1, 3, 3, 3, 2])
  })

  it('write an unknown token after the bytes that follow it', () => {
    const vocab = { '<unk>': 0, a: 1, '<0x20>': 2 }
    const tokenizer = tokenizerOf({ type: 'BPE', vocab, merges: [], unk_token: '<unk>', byte_fallback: true })
    expect([...tokenizer.encode('½ ²a')]).toEqual([2, 0, 0, 1])
  })

  it('change texts after a split', () => {
    const steps = [
      { type: 'WhitespaceSplit' },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    ]
    const tokenizer = tokenizerOf(words('<unk>', '▁a', '▁b'), {
      pre_tokenizer: { type: 'Sequence', pretokenizers: steps },
    })
    expect([...tokenizer.encode('a  b\ta')]).toEqual([1, 2, 1])
  })

  it('normalize by the charsmap of SentencePiece', () => {
    const charsmap = readFileSync(new URL('layouts/charsmap.bin', import.meta.url)).toString('base64')
    const tokenizer = tokenizerOf(words('<unk>', 'aefi1 e+1'), {
      normalizer: { type: 'Precompiled', precompiled_charsmap: charsmap },
    })
    // Its rules: A → a, É and é → e, ﬁ → fi, ① → 1, U+3000 → a blank, 👍 → +1, and BEL → nothing.
    expect([...tokenizer.encode('AÉ\u0007ﬁ①\u3000é👍')]).toEqual([1])
  })
})

it('an added token that a normalizer writes in the byte alphabet decodes to its text', () => {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  const tokenizer = tokenizerOf(
    { type: 'BPE', vocab: { a: 0 }, merges: [] },
    {
      added_tokens: [added(1, '  ', { normalized: true })],
      normalizer: { type: 'ByteLevel' },
      pre_tokenizer: byteLevel,
      decoder: byteLevel,
    },
  )
  expect([...tokenizer.encode('a  a')]).toEqual([0, 1, 0])
  expect(tokenizer.decode([0, 1, 0])).toBe('a  a')
})

describe('a stream of tokens', () => {
  const steps = [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ]
  const vocab = { '▁a': 0, b: 1, '<0xF0>': 2, '<0x9F>': 3, '<0x91>': 4, '<0x8D>': 5, '▁': 6 }
  const tokenizer = tokenizerOf({ type: 'BPE', vocab, merges: [] }, { decoder: { type: 'Sequence', decoders: steps } })
  const streamed = (ids: readonly number[]) => {
    const stream = tokenizer.stream()
    return [...ids.map((id) => stream.push(id)), stream.end()]
  }

  it('holds bytes back until their character is complete', () => {
    expect(streamed([0, 2, 3, 4, 5, 1])).toEqual(['a', '', '', '', '', '👍b', ''])
    expect(streamed([1, 2, 3, 4, 5])).toEqual(['b', '', '', '', '', '👍'])
  })

  it('has a replacement character for each byte of a run that is not UTF-8, as Hugging Face', () => {
    expect(tokenizer.decode([1, 2, 3, 1])).toBe('b\ufffd\ufffdb')
    expect(streamed([1, 2, 3, 1])).toEqual(['b', '', '', '\ufffd\ufffdb', ''])
  })

  it('strips one blank at the start of the text only', () => {
    expect(streamed([6, 6, 0])).toEqual(['', ' ', ' a', ''])
    expect(tokenizer.decode([0, 0])).toBe('a a')
  })

  it('refuses an id that the tokenizer does not have', () => {
    expect(() => tokenizer.stream().push(7)).toThrow('there is no token 7')
    expect(() => tokenizer.decode([-1])).toThrow('there is no token -1')
  })
})

it('load_tokenizer warns of truncation and padding, which are not applied', async () => {
  const path = join(rig.folder(), 'tokenizer.json')
  const file: Json = {
    truncation: { max_length: 2, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
    padding: { strategy: { Fixed: 8 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '<unk>' },
    pre_tokenizer: { type: 'Whitespace' },
    model: words('<unk>', 'a'),
  }
  writeFileSync(path, JSON.stringify(file))
  rig.events.length = 0
  await rig.run(loadKind, {}, {}, [inputFileOf(path, 'tokenizer.json')])
  expect(rig.events.filter((event) => event.event === 'log')).toEqual([
    expect.objectContaining({
      level: 'warning',
      message: 'tokenizer.json: its truncation and padding settings are not applied: texts keep their length',
    }),
  ])
})
