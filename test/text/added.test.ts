/** Added tokens are found in text by their rules, and stand for their own text. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddedFinder, plainAdded } from '../../src/text/added.ts'
import { Ids } from '../../src/text/ids.ts'
import { loadTokenizer, loadTokenizerFiles, saveTokenizer } from '../../src/text/load.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const layout = (name: string) => loadTokenizerFiles(new URL(`golden/layouts/${name}.json`, import.meta.url).pathname)

describe('tokens that are not special', () => {
  it('are one id each in any text, and their text after decoding', () => {
    const qwen = layout('qwen3')
    const ids = [...qwen.encode('<think>a</think>b')]
    expect(ids.length).toBe(4)
    expect(qwen.decode(ids)).toBe('<think>a</think>b')
    expect(qwen.special.has('<think>')).toBe(false)
  })

  it('keep the indentation of code', () => {
    const phi = layout('phi')
    const code = 'if x:\n        return 1\n\t\t\tpass'
    expect(phi.decode(phi.encode(code))).toBe(code)
    expect([...phi.encode('        ')]).toEqual([phi.added.find(({ content }) => content === '        ')!.id])
  })
})

it('are found in the text, and not in pieces that a normalizer made equal to them, with ignore_merges too', () => {
  const none = { dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null }
  const file = {
    version: '1.0',
    added_tokens: [
      { id: 3, content: '  ', single_word: false, lstrip: false, rstrip: false, normalized: false, special: false },
    ],
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: false, lowercase: false },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', ...none, ignore_merges: true, vocab: { a: 0, b: 1, Ġ: 2 }, merges: [] },
  }
  const path = join(rig.folder(), 'tokenizer.json')
  writeFileSync(path, JSON.stringify(file))
  const tokenizer = loadTokenizerFiles(path)
  // The ids of tokenizers 0.23: \r and \n become blanks after added tokens have been found.
  expect([...tokenizer.encode('\r\n')]).toEqual([2, 2])
  expect([...tokenizer.encode('a  b')]).toEqual([0, 3, 1])
})

it('keep their rules when they are saved and read again', () => {
  for (const name of ['qwen3', 'gpt-neox', 'roberta', 'llama2']) {
    const folder = rig.folder()
    saveTokenizer(folder, layout(name))
    expect(loadTokenizer(folder).added).toEqual(layout(name).added)
  }
  const [, , mask, word] = layout('roberta').added
  expect(mask).toMatchObject({ content: '<mask>', lstrip: true, special: true })
  expect(word).toMatchObject({ content: 'word', singleWord: true, special: false, normalized: true })
})

describe('the finder', () => {
  const tokens = ['a', 'ab', 'abcab', '<|x|>', '<|x', ' ', '  ', 'é', '👍', '__proto__'].map((content, id) =>
    plainAdded(content, id, true),
  )
  const parts = (text: string) => {
    const found: (string | number)[] = []
    new AddedFinder(tokens).find(text, () => true, {
      text: (piece) => found.push(piece),
      token: ({ id }) => found.push(id),
    })
    return found
  }

  it('takes the leftmost token, and of several the longest', () => {
    expect(parts('xabcabd')).toEqual(['x', 2, 'd'])
    expect(parts('abca')).toEqual([1, 'c', 0])
    expect(parts('<|x|><|x<|')).toEqual([3, 4, '<|'])
    expect(parts('   👍é')).toEqual([6, 5, 8, 7])
    expect(parts('__proto__')).toEqual([9])
  })

  it('finds what a regular expression of all tokens finds, the longest first', () => {
    const longest = [...tokens].sort((a, b) => b.content.length - a.content.length)
    const pattern = new RegExp(longest.map(({ content }) => content.replaceAll('|', '\\|')).join('|'), 'g')
    const text = fc.string({ unit: fc.constantFrom(...'abc<|x> é', '👍'), maxLength: 30 })
    fc.assert(
      fc.property(text, (text) => {
        const ids = [...text.matchAll(pattern)].map(([content]) => tokens.find((each) => each.content === content)!.id)
        const found = parts(text)
        expect(found.filter((each) => typeof each === 'number')).toEqual(ids)
        expect(found.map((each) => (typeof each === 'number' ? tokens[each]!.content : each)).join('')).toBe(text)
      }),
    )
  })
})

describe('a tokenizer that puts a blank before a text', () => {
  it.each(['llama2', 'mistral', 'metaspace', 'roberta'])('puts no blank before text that continues: %s', (name) => {
    const tokenizer = layout(name)
    const encode = (text: string, place: 'start' | 'between' | 'middle') => {
      const into = new Ids()
      tokenizer.encodeInto(text, into, { count: 0 }, place)
      return [...into.slice()]
    }
    const whole = encode('user', 'start')
    expect(encode('user', 'middle')).not.toEqual(whole)
    expect(encode(' user', 'middle')).toEqual(whole)
    // Mistral's goes before the beginning of a text only.
    if (name === 'mistral') expect(encode('user', 'between')).toEqual(encode('user', 'middle'))
    else expect(encode('user', 'between')).toEqual(whole)
  })
})
