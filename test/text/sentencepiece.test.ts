/** Models of SentencePiece: the ids that its Python package gives, recorded by golden/sentencepiece_ids.py. test/torch has thousands of texts. */

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { StageError } from '../../src/core/failure.ts'
import { loadTokenizer, loadTokenizerFiles, saveTokenizer } from '../../src/text/load.ts'
import { readSentencePiece } from '../../src/text/sentencepiece/model-file.ts'

const folder = 'test/text/golden/sentencepiece'
const { texts, ids } = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as {
  readonly texts: readonly string[]
  readonly ids: Readonly<Record<string, readonly (readonly number[])[]>>
}

describe.each(Object.keys(ids))('a SentencePiece model: %s', (name) => {
  const tokenizer = loadTokenizerFiles(`${folder}/${name}.model`)

  it('has the ids of SentencePiece', () => {
    for (const [i, text] of texts.entries())
      expect({ text, ids: [...tokenizer.encode(text)] }).toEqual({ text, ids: ids[name]![i] })
  })

  it('gives the same ids after it was saved as tokenizer.json', () => {
    const saved = mkdtempSync(join(tmpdir(), 'llmpipe-sentencepiece-'))
    saveTokenizer(saved, tokenizer)
    const again = loadTokenizer(saved)
    for (const text of texts) expect([...again.encode(text)]).toEqual([...tokenizer.encode(text)])
  })
})

test.each([
  ['Llama’s begins texts with its token', 'llama', { tokenizer_class: 'LlamaTokenizer' }, [1], []],
  [
    'Llama’s does not if its settings say so',
    'llama',
    { tokenizer_class: 'LlamaTokenizer', add_bos_token: false },
    [],
    [],
  ],
  ['T5’s ends texts with its token', 'unigram', { tokenizer_class: 'T5Tokenizer' }, [], [1]],
])('the tokenizer_config.json beside a model counts: %s', (_, name, config, before, after) => {
  const path = join(mkdtempSync(join(tmpdir(), 'llmpipe-sentencepiece-')), 'tokenizer_config.json')
  writeFileSync(path, JSON.stringify(config))
  const { wrap } = loadTokenizerFiles(`${folder}/${name}.model`, path)
  expect([...wrap.before]).toEqual(before)
  expect([...wrap.after]).toEqual(after)
})

describe('tokens behind the pieces', () => {
  const pieces = readSentencePiece(readFileSync(`${folder}/unigram.model`)).pieces.length
  const withConfig = (config: object) => {
    const path = join(mkdtempSync(join(tmpdir(), 'llmpipe-sentencepiece-')), 'tokenizer_config.json')
    writeFileSync(path, JSON.stringify(config))
    return loadTokenizerFiles(`${folder}/unigram.model`, path)
  }

  it.each([
    ['a hundred by default', { tokenizer_class: 'T5TokenizerFast' }, 100],
    ['as many as the settings say', { tokenizer_class: 'T5Tokenizer', extra_ids: 7 }, 7],
    [
      'those that are named',
      { tokenizer_class: 'T5Tokenizer', additional_special_tokens: ['<extra_id_0>', '<extra_id_1>'] },
      2,
    ],
    ['none', { tokenizer_class: 'T5Tokenizer', extra_ids: 0 }, 0],
    ['none of another class', { tokenizer_class: 'LlamaTokenizer' }, 0],
  ])('the sentinels of T5 have the last ids, from the last: %s', (_, config, count) => {
    const tokenizer = withConfig(config)
    expect(tokenizer.size).toBe(pieces + count)
    if (count === 0) return
    const [first, last] = [pieces + count - 1, pieces]
    const ids = [...tokenizer.encode(`the <extra_id_0> sea<extra_id_${count - 1}>`, { special: 'all' })]
    expect(ids).toContain(first)
    expect(ids.at(-1)).toBe(last)
    expect(ids.filter((id) => id >= pieces)).toHaveLength(2)
    expect(tokenizer.decode(ids)).toContain('<extra_id_0>')
  })

  it('those that tokenizer_config.json lists have their ids, and an id that is left out is an error', () => {
    const token = (content: string) => ({ content, special: true, normalized: false })
    const listed = { [`${pieces + 1}`]: token('<b>'), [`${pieces}`]: token('<a>'), 0: token('<pad>') }
    const tokenizer = withConfig({ added_tokens_decoder: listed })
    expect([...tokenizer.encode('<b><a>', { special: 'all' })].slice(-2)).toEqual([pieces + 1, pieces])
    expect(() => withConfig({ added_tokens_decoder: { [`${pieces + 1}`]: token('<b>') } })).toThrow(
      `lists the token ${pieces + 1}, and none with the id ${pieces}`,
    )
  })
})

test('a model that is cut off anywhere is refused or lacks pieces', () => {
  const bytes = readFileSync(`${folder}/unigram.model`)
  const whole = readSentencePiece(bytes).pieces.length
  for (let end = 0; end < bytes.length; end += 37) {
    try {
      expect(readSentencePiece(bytes.subarray(0, end)).pieces.length).toBeLessThanOrEqual(whole)
    } catch (error) {
      expect(error).toBeInstanceOf(StageError)
    }
  }
  expect(() => readSentencePiece(new Uint8Array())).toThrow('it has no pieces')
  expect(() => readSentencePiece(Buffer.from('IQ== 0\nIg== 1\n'))).toThrow('this is not a whole SentencePiece model')
})
