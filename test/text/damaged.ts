/** Tokenizer files that are damaged or hostile. */

import { readFileSync } from 'node:fs'
import type { Json, JsonObject } from '../../src/core/values/json.ts'

/** A tokenizer.json that nothing is wrong with. */
export const sound = JSON.parse(readFileSync('test/text/golden/layouts/qwen3.json', 'utf8')) as JsonObject & {
  readonly added_tokens: readonly JsonObject[]
  readonly model: JsonObject & { readonly vocab: JsonObject }
}
const [first] = sound.added_tokens
/** It with a change of its first added token. */
export const added = (change: JsonObject) => ({
  ...sound,
  added_tokens: [{ ...first, ...change }, ...sound.added_tokens.slice(1)],
})
const vocab = (change: JsonObject) => ({
  ...sound,
  model: { ...sound.model, vocab: { ...sound.model.vocab, ...change } },
})
const merges = (merges: Json) => ({ ...sound, model: { ...sound.model, merges } })
/** It with a change of its model. */
export const model = (change: JsonObject) => ({ ...sound, model: { ...sound.model, ...change } })
const processor = (post: Json) => ({ ...sound, post_processor: post })

/** Damaged files, each with its message. */
export const damaged: readonly (readonly [what: string, json: Json, why: string])[] = [
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
    'two added tokens have the id 481: "<|endoftext|>" and "<|im_start|>"',
  ],
  ['with an added token twice', added({ content: '<think>' }), 'the added token "<think>" has two ids'],
  ['with an added token of an id of the vocabulary', added({ id: 3 }), 'the token "$" and the added token'],
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
    'names the token "toString" without its ids',
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
    'takes exponential time on some texts',
  ],
  [
    'of Unigram with a token without a score',
    model({ type: 'Unigram', vocab: [['a']] }),
    'its vocabulary has ["a"], not a token',
  ],
  [
    'of Unigram with an unknown token outside of its vocabulary',
    model({ type: 'Unigram', vocab: [['a', -1]], unk_id: 7 }),
    'its unknown token is the id 7, which its vocabulary does not have',
  ],
  [
    'of WordPiece whose longest word is a text',
    model({ type: 'WordPiece', max_input_chars_per_word: 'long' }),
    'its model.max_input_chars_per_word is "long", not a number',
  ],
  [
    'with a charsmap that is cut off',
    { ...sound, normalizer: { type: 'Precompiled', precompiled_charsmap: 'ALwCAA==' } },
    'its normalizer.precompiled_charsmap is not a trie',
  ],
  [
    'with a mark of two characters',
    { ...sound, pre_tokenizer: { type: 'Metaspace', replacement: '__' } },
    'its pre_tokenizer.replacement is "__", not one character',
  ],
  ['with dropout', model({ dropout: 0.1 }), 'its BPE model sets dropout'],
]
