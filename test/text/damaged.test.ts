/** Damaged and hostile tokenizer files are refused with what is wrong with them. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as HuggingFace } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/values/json.ts'
import { trainBpe } from '../../src/stages/tokens/train_bpe.ts'
import { loadTokenizer, loadTokenizerFiles } from '../../src/text/load.ts'
import { fromTokenizerJson } from '../../src/text/tokenizer-json.ts'
import { added, damaged, model, sound } from './damaged.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
describe('a tokenizer.json is refused', () => {
  it.each(damaged)('%s', (_what, json, message) => {
    expect(() => fromTokenizerJson(json)).toThrow(message)
    expect(() => fromTokenizerJson(json)).toThrow(expect.objectContaining({ name: 'StageError' }))
  })

  it('with a configuration that is not of the format', () => {
    const refused = (config: Json) => {
      const folder = rig.folder()
      writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(sound))
      writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
      return expect(() => loadTokenizer(folder))
    }
    refused([]).toThrow('this tokenizer_config.json is corrupt: it is not an object')
    refused({ eos_token: 5 }).toThrow('its eos_token is 5, not the text of a token')
    refused({ declared_vocab_size: 1e12 }).toThrow('its declared_vocab_size is 1000000000000')
    refused({ declared_vocab_size: 2.5 }).toThrow('not a number of ids')
  })
})

it('never makes the end of a text of ordinary text, even where only the configuration says that it is special', () => {
  const ordinary = { ...sound, added_tokens: sound.added_tokens.map((token) => ({ ...token, special: false })) }
  const named = fromTokenizerJson(ordinary, { eos_token: '<|im_end|>' })
  expect([...named.encode('<|im_end|><think>')].filter((id) => id >= 480)).toEqual([484])
  expect([...named.encode('<|im_end|>', { special: 'all' })]).toEqual([482])
  expect(named.endOfText).toBe(482)
  const unlisted = fromTokenizerJson(model({ vocab: { ...sound.model.vocab, '<eot>': 500 } }), { eos_token: '<eot>' })
  expect(unlisted.endOfText).toBe(500)
  expect([...unlisted.encode('<eot>', { special: 'all' })]).toEqual([500])
})

it('knows the ids that stand for nothing, in holes and at the end', () => {
  const holes = fromTokenizerJson(added({ id: 600 }), { declared_vocab_size: 640 })
  expect(holes.size).toBe(640)
  expect(holes.known.end).toBe(601)
  expect(holes.known.holes.slice(0, 2)).toEqual([480, 486])
})

describe('a token named as a property of objects', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']

  it('is learned, written, read and encoded like any other', async () => {
    const docs = rig.docs(Array.from({ length: 30 }, () => names.join(' ')))
    const { artefact } = await rig.run(trainBpe, { docs }, { vocab: 330, pattern: '\\S+|\\s+' })
    const path = join(artefact.path, 'tokenizer.json')
    const tokenizer = loadTokenizer(artefact.path)
    const theirs = new HuggingFace(JSON.parse(readFileSync(path, 'utf8')), {})
    for (const name of names) {
      const ids = [...tokenizer.encode(name)]
      expect(ids).toEqual([expect.any(Number)])
      expect(ids[0]).toBeGreaterThan(255)
      expect(tokenizer.decode(ids)).toBe(name)
      // The library for JavaScript has tokens in plain objects itself.
      if (name === 'hasOwnProperty') expect(theirs.encode(name).ids).toEqual(ids)
    }
  })

  it('is a special token like any other', async () => {
    const docs = rig.docs(['a'])
    const { artefact } = await rig.run(trainBpe, { docs }, { vocab: 261, special: names })
    const tokenizer = loadTokenizerFiles(join(artefact.path, 'tokenizer.json'))
    expect([...tokenizer.special.keys()]).toEqual(['<|endoftext|>', ...names])
    expect([...tokenizer.encode('__proto__', { special: 'all' })]).toEqual([257])
    expect(tokenizer.decode([257, 258])).toBe('__proto__constructor')
  })
})
