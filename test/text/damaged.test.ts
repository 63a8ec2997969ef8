/** Damaged and hostile tokenizer files are refused with what is wrong with them. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as HuggingFace } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { trainBpe } from '../../src/stages/train_bpe.ts'
import { loadTokenizer, loadTokenizerFiles } from '../../src/text/load.ts'
import { fromTokenizerJson } from '../../src/text/tokenizer-json.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const sound = JSON.parse(readFileSync(new URL('golden/layouts/qwen3.json', import.meta.url), 'utf8')) as JsonObject & {
  readonly added_tokens: readonly JsonObject[]
  readonly model: JsonObject & { readonly vocab: JsonObject }
}
const [first] = sound.added_tokens
const added = (change: JsonObject) => ({
  ...sound,
  added_tokens: [{ ...first, ...change }, ...sound.added_tokens.slice(1)],
})
const vocab = (change: JsonObject) => ({
  ...sound,
  model: { ...sound.model, vocab: { ...sound.model.vocab, ...change } },
})
const merges = (merges: Json) => ({ ...sound, model: { ...sound.model, merges } })
const model = (change: JsonObject) => ({ ...sound, model: { ...sound.model, ...change } })
const processor = (post: Json) => ({ ...sound, post_processor: post })

describe('a tokenizer.json is refused', () => {
  it.each<[string, Json, string]>([
    ['that is no object', [], 'its content is [], not an object'],
    ['without a model', { ...sound, model: null }, 'it has no model'],
    ['with an added token of id −1', added({ id: -1 }), 'the id of the added token "<|endoftext|>" is -1'],
    ['with an added token of id 1.5', added({ id: 1.5 }), 'is 1.5, not a whole number'],
    ['with an added token of id null', added({ id: null }), 'is null, not a whole number'],
    ['with an added token of id "7"', added({ id: '7' }), 'is "7", not a whole number'],
    ['with an id that would fill the memory', added({ id: 2 ** 31 }), 'is 2147483648, not a whole number'],
    [
      'with an id given to two added tokens',
      added({ id: 481 }),
      'the id 481 is given to two added tokens, "<|endoftext|>" and "<|im_start|>"',
    ],
    ['with an added token twice', added({ content: '<think>' }), 'the added token "<think>" has two ids'],
    [
      'with an added token of an id of the vocabulary',
      added({ id: 3 }),
      'the id 3 is that of the token "$", and of the added token',
    ],
    [
      'with an added token that the vocabulary has under another id',
      added({ content: '$' }),
      '"$" has the id 480, and 3 in the vocabulary',
    ],
    ['with an added token without text', added({ content: '' }), 'an added token is the empty text'],
    ['with an added token whose text is a number', added({ content: 5 }), 'content is 5, not a text'],
    [
      'with a flag that is a word',
      added({ lstrip: 'yes' }),
      'lstrip of the added token "<|endoftext|>" is "yes", not true or false',
    ],
    ['with a token of id −1', vocab({ a: -1 }), 'the id of the token "a" is -1'],
    ['with a token of id 0.5', vocab({ a: 0.5 }), 'the id of the token "a" is 0.5'],
    ['with two tokens of one id', vocab({ aaaa: 7 }), 'and "aaaa" have the same id 7'],
    ['with a vocabulary that is a list', model({ vocab: [] }), 'its model.vocab is [], not an object'],
    ['with a merge of a token that is not there', merges(['a zzz']), 'its merge "a zzz" needs the token "zzz"'],
    ['with a merge to a token that is not there', merges(['~ ~']), 'needs the token "~~"'],
    ['with a merge of the token __proto__', merges(['__proto__ a']), 'needs the token "__proto__"'],
    ['with a merge of one token', merges(['a']), 'its merge "a" is not a pair of tokens'],
    ['with a merge of three tokens', merges([['a', 'b', 'c']]), 'is not a pair of tokens'],
    ['with merges that are a text', merges('a b'), 'its model.merges is "a b", not a list'],
    [
      'with an unknown token that is not there',
      model({ unk_token: '<nope>' }),
      'its unknown token "<nope>" is not in its vocabulary',
    ],
    [
      'with a post-processor that adds an id of no token',
      processor({ type: 'BertProcessing', cls: ['a', 9999], sep: ['b', 1] }),
      'adds the id 9999, which no token has',
    ],
    [
      'with a post-processor that names a token without ids',
      processor({
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: 'toString', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        special_tokens: {},
      }),
      'names the token "toString", and gives it no ids',
    ],
    [
      'that splits by what never ends',
      {
        ...sound,
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [{ type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated' }, { type: 'ByteLevel' }],
        },
      },
      'would never end on some texts',
    ],
    ['of WordPiece', model({ type: 'WordPiece' }), 'its model is "WordPiece"'],
    ['of Unigram', model({ type: 'Unigram', vocab: [] }), 'its model is "Unigram"'],
    ['with dropout', model({ dropout: 0.1 }), 'its BPE model sets dropout'],
  ])('%s', (_what, json, message) => {
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
    refused([]).toThrow('this tokenizer_config.json is damaged: it is not an object')
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
