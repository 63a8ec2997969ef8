/** The kinds of tokenizers and encode, run on documents in a folder. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as HuggingFace } from '@huggingface/tokenizers'
import r50k from 'js-tiktoken/ranks/r50k_base'
import { describe, expect, it } from 'vitest'
import type { TypedCall } from '../../src/core/kind/kind.ts'
import type { JsonObject } from '../../src/core/values/json.ts'
import { bytes } from '../../src/stages/tokens/bytes.ts'
import { characters } from '../../src/stages/tokens/characters.ts'
import { encode } from '../../src/stages/tokens/encode.ts'
import { loadTokenizer as loadKind } from '../../src/stages/tokens/load_tokenizer.ts'
import { trainBpe } from '../../src/stages/tokens/train_bpe.ts'
import { loadTokenizer } from '../../src/text/load.ts'
import { TokenReader } from '../../src/text/tokens.ts'
import { asDigest } from '../brands.ts'
import { inputFileOf } from '../core/input-file.ts'
import { rankFile } from './ranks.ts'
import { Rig } from './rig.ts'
import { corpus, samples } from './samples.ts'

const rig = new Rig()
const texts = Object.values(samples)

/** All files of a folder, by name. */
const contents = (path: string) =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString('hex')]))

const typed = (params: TypedCall['params']): TypedCall => ({ inputs: {}, params, names: 1, self: 'me' })

describe('train_bpe', () => {
  const settings = { vocab: 500, special: ['<|im_start|>'] }

  it('makes a tokenizer of the declared size, the same bytes every time and however the documents are sharded', async () => {
    const one = await rig.run(trainBpe, { docs: rig.docs(corpus) }, settings)
    const two = await rig.run(trainBpe, { docs: rig.docs(corpus.slice(0, 7), corpus.slice(7)) }, settings)
    expect(contents(one.artefact.path)).toEqual(contents(two.artefact.path))
    const tokenizer = loadTokenizer(one.artefact.path)
    expect(tokenizer.size).toBe(500)
    expect(tokenizer.special).toEqual(
      new Map([
        ['<|endoftext|>', 498],
        ['<|im_start|>', 499],
      ]),
    )
    expect(tokenizer.endOfText).toBe(498)
    const file = (name: string) => JSON.parse(readFileSync(join(one.artefact.path, name), 'utf8'))
    const theirs = new HuggingFace(file('tokenizer.json'), file('tokenizer_config.json'))
    for (const text of corpus) expect([...tokenizer.encode(text, { special: 'all' })]).toEqual(theirs.encode(text).ids)
  })

  it('keeps the declared size where the corpus gives fewer tokens, and warns', async () => {
    rig.events.length = 0
    const { artefact, report } = await rig.run(trainBpe, { docs: rig.docs(['abab abab']) }, { vocab: 1000 })
    expect(loadTokenizer(artefact.path).size).toBe(1000)
    expect(loadTokenizer(artefact.path).idToToken(999)).toBeUndefined()
    expect(report.metrics!.vocab).toBe(1000)
    expect(report.metrics!.tokens).toBeLessThan(300)
    expect(rig.events.find((event) => event.event === 'log')).toMatchObject({ level: 'warning' })
  })

  it('does not compile if bytes and special tokens do not fit, or the pattern is invalid', () => {
    const params = { vocab: 256, pattern: 'gpt4', end_of_text: '<|endoftext|>', special: [], min_frequency: 2 }
    expect(trainBpe.outputs(typed(params))).toMatchObject({ at: 'vocab', message: expect.stringContaining('257') })
    expect(trainBpe.outputs(typed({ ...params, vocab: 257, pattern: '(' }))).toMatchObject({ at: 'pattern' })
    expect(trainBpe.outputs(typed({ ...params, vocab: 257 }))).toEqual([
      { name: 'out', type: { kind: 'Tokenizer', tokenizer: 'me', size: 257, special: ['<|endoftext|>'] } },
    ])
  })

  it('stops when asked to', async () => {
    const run = rig.run(trainBpe, { docs: rig.docs(corpus) }, settings, [], AbortSignal.abort())
    await expect(run).rejects.toThrow('interrupted')
  })
})

describe('encode', () => {
  it('writes what decoding gives back, document by document', async () => {
    const docs = rig.docs(texts, ['one more'])
    const { artefact: tokenizer } = await rig.run(trainBpe, { docs }, { vocab: 400 })
    const { artefact, report } = await rig.run(encode, { docs, tokenizer })
    const reader = new TokenReader(artefact.path)
    const { decode, endOfText, size } = loadTokenizer(artefact.path)
    const all = [...texts, 'one more']
    expect(reader.meta).toEqual({
      dtype: 'uint16',
      tokens: reader.length,
      documents: all.length,
      bytes: Buffer.byteLength(all.join('')),
      vocab: size,
      end_of_text: endOfText,
    })
    expect(report.metrics).toMatchObject({ tokens: reader.length, documents: all.length })
    let start = 0
    for (const [i, end] of reader.ends.entries()) {
      expect(reader.documentOf(start)).toBe(i)
      expect(decode(reader.window(start, end - start))).toBe(`${all[i]}<|endoftext|>`)
      start = end
    }
    expect(start).toBe(reader.length)
    reader.close()
  })

  it('adds nothing to a text whose tokenizer has no end of text', async () => {
    const text = corpus.join('\n')
    const docs = rig.docs([text])
    const { artefact: tokenizer } = await rig.run(characters, { docs })
    const { artefact } = await rig.run(encode, { docs, tokenizer })
    const sorted = [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)
    const reader = new TokenReader(artefact.path)
    expect([...reader.window(0, reader.length)]).toEqual([...text].map((character) => sorted.indexOf(character)))
    await expect(rig.run(encode, { docs, tokenizer }, { end_of_text: 'yes' })).rejects.toThrow('has no token for it')
    reader.close()
  })

  it('omits the end of text if asked to', async () => {
    const docs = rig.docs(['ab', 'c'])
    const { artefact: tokenizer } = await rig.run(bytes, {})
    const { artefact } = await rig.run(encode, { docs, tokenizer }, { end_of_text: 'no' })
    const reader = new TokenReader(artefact.path)
    expect([...reader.window(0, 3)]).toEqual([97, 98, 99])
    expect([...reader.ends]).toEqual([2, 3])
    expect(reader.meta.end_of_text).toBeUndefined()
    reader.close()
  })

  it('says which characters the tokenizer lacks', async () => {
    const { artefact: tokenizer } = await rig.run(characters, { docs: rig.docs(['abc']) })
    await expect(rig.run(encode, { docs: rig.docs(['abé']), tokenizer })).rejects.toThrow('"é" (U+00E9)')
  })
})

it('encode warns where no document has a text', async () => {
  const { artefact: tokenizer } = await rig.run(bytes, {})
  rig.events.length = 0
  await rig.run(encode, { docs: rig.docs(['', '']), tokenizer })
  const warnings = rig.events.flatMap((event) => (event.event === 'log' ? [event.message] : []))
  expect(warnings).toEqual([expect.stringContaining('None of 2 documents has a text')])
})

describe('encode, with the tokenizer of others', () => {
  const layout = (name: string) => {
    const file = `${name}.json`
    return inputFileOf(new URL(`golden/layouts/${file}`, import.meta.url).pathname, file)
  }
  const configured = (config: JsonObject) => {
    const path = join(rig.folder(), 'tokenizer_config.json')
    writeFileSync(path, `${JSON.stringify(config)}\n`)
    return inputFileOf(path, 'tokenizer_config.json')
  }
  const idsOf = (path: string) => {
    const reader = new TokenReader(path)
    const ids = [...reader.window(0, reader.length)]
    reader.close()
    return { ids, meta: reader.meta }
  }

  it('begins each document as the tokenizer says, or as the setting says', async () => {
    const config = configured({
      bos_token: '<|begin_of_text|>',
      eos_token: { content: '<|end_of_text|>' },
      pad_token: '<|im_start|>',
    })
    const { artefact: tokenizer } = await rig.run(loadKind, {}, {}, [layout('llama3'), config])
    const { bos, endOfText, pad } = loadTokenizer(tokenizer.path)
    expect([bos, endOfText, pad]).toEqual([480, 481, 483])
    expect(readFileSync(join(tokenizer.path, 'tokenizer_config.json'), 'utf8')).toBe(readFileSync(config.path, 'utf8'))
    const docs = rig.docs(['ab', 'c'])
    const encoded = async (begin: string) => {
      const { artefact } = await rig.run(encode, { docs, tokenizer }, { begin_of_text: begin })
      return idsOf(artefact.path)
    }
    const { ids, meta } = await encoded('auto')
    expect(ids.filter((id) => id >= 480)).toEqual([480, 481, 480, 481])
    expect([ids[0], meta.begin_of_text, meta.end_of_text]).toEqual([480, [480], 481])
    expect(await encoded('yes')).toEqual({ ids, meta })
    expect((await encoded('no')).ids).toEqual(ids.filter((id) => id !== 480))
  })

  it('refuses to begin documents where no token does so', async () => {
    const { artefact: tokenizer } = await rig.run(bytes, {})
    const run = rig.run(encode, { docs: rig.docs(['a']), tokenizer }, { begin_of_text: 'yes' })
    await expect(run).rejects.toThrow('begin_of_text is yes, but the tokenizer has no token for it')
  })

  it('leaves out bytes that have no token, counts them and warns', async () => {
    const { artefact: tokenizer } = await rig.run(loadKind, {}, {}, [layout('smollm2')])
    rig.events.length = 0
    const { artefact, report } = await rig.run(encode, { docs: rig.docs(['a\u0004b é', 'fine']), tokenizer })
    const { ids, meta } = idsOf(artefact.path)
    expect(loadTokenizer(tokenizer.path).decode(ids)).toBe('ab <|endoftext|>fine<|endoftext|>')
    expect(meta.left_out).toEqual({ bytes: 3, documents: 1 })
    expect(report.metrics).toMatchObject({ left_out: 3 })
    expect(rig.events.filter((event) => event.event === 'log')).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('3 bytes in 1 of 2 documents left out: the tokenizer has no token for them'),
      }),
    ])
    expect(() => loadTokenizer(tokenizer.path).encode('a\u0004b')).toThrow('no token for the byte 0x04')
  })

  it('gives what has no token the token for such, where there is one', async () => {
    const { artefact: tokenizer } = await rig.run(loadKind, {}, {}, [layout('metaspace')])
    const { artefact, report } = await rig.run(encode, { docs: rig.docs(['é', 'a']), tokenizer })
    const { ids, meta } = idsOf(artefact.path)
    expect(ids).toContain(0)
    expect([meta.unknown, report.metrics!.unknown, meta.left_out]).toEqual([1, 1, undefined])
    expect(report.summary).toContain('1 of them unknown')
  })
})

describe('encode, of a corpus that grows', () => {
  it('encodes what is new, and ends in the bytes of encoding all of it', async () => {
    const { artefact: tokenizer } = await rig.run(bytes, {})
    // Each of more than 4 MiB, so that it is a part by itself.
    const texts = ['a', 'é'].map((word) => `${word} `.repeat(2 ** 21))
    const grown = [[...texts, 'one that is new']]
    const whole = await rig.run(encode, { docs: rig.docs(...grown), tokenizer })
    rig.parts = rig.folder()
    await rig.run(encode, { docs: rig.docs(texts), tokenizer })
    const again = await rig.run(encode, { docs: rig.docs(...grown), tokenizer })
    const { reused, ...report } = again.report
    expect(reused).toEqual({ parts: 2, of: 3 })
    expect(contents(again.artefact.path)).toEqual(contents(whole.artefact.path))
    expect(report).toEqual(whole.report)
    // Another tokenizer has other tokens.
    const { artefact: other } = await rig.run(bytes, {}, { end_of_text: '<eot>' })
    const otherwise = await rig.run(encode, {
      docs: rig.docs(...grown),
      tokenizer: { ...other, digest: asDigest('other') },
    })
    expect(otherwise.report.reused).toBeUndefined()
    rig.parts = undefined
  })
})

describe('load_tokenizer', () => {
  it('takes a tiktoken file known by its name', async () => {
    const path = join(rig.folder(), 'r50k_base.tiktoken')
    writeFileSync(path, rankFile(r50k.bpe_ranks))
    const { artefact: tokenizer } = await rig.run(loadKind, {}, {}, [inputFileOf(path, 'r50k_base.tiktoken')])
    const loaded = loadTokenizer(tokenizer.path)
    expect(loaded.size).toBe(50_257)
    expect([...loaded.encode('hello world')]).toEqual([31373, 995])
    expect(loaded.endOfText).toBe(50_256)
  })

  it('takes the artefact it made itself as it is', async () => {
    const { artefact } = await rig.run(trainBpe, { docs: rig.docs(corpus) }, { vocab: 400 })
    const files = ['tokenizer.json', 'tokenizer_config.json'].map((name) =>
      inputFileOf(join(artefact.path, name), name),
    )
    const { artefact: again } = await rig.run(loadKind, {}, {}, files)
    expect(contents(again.path)).toEqual(contents(artefact.path))
  })

  it('refuses several files, and ranks of an unknown name', async () => {
    const files = ['a.json', 'b.json'].map((name) => ({ path: name, name, sha256: '' }))
    await expect(rig.run(loadKind, {}, {}, files)).rejects.toThrow('a.json, b.json')
    const path = join(rig.folder(), 'mine.tiktoken')
    writeFileSync(path, '')
    await expect(rig.run(loadKind, {}, {}, [inputFileOf(path, 'mine.tiktoken')])).rejects.toThrow('mine.tiktoken')
  })
})

it('gives the bytes its version stands for: if this fails, raise the version of the kind, then run with -u', async () => {
  const docs = rig.docs(corpus)
  const { artefact: bpe } = await rig.run(trainBpe, { docs }, { vocab: 500 })
  const made = {
    train_bpe: [trainBpe, bpe],
    characters: [characters, (await rig.run(characters, { docs })).artefact],
    bytes: [bytes, (await rig.run(bytes, {})).artefact],
    encode: [encode, (await rig.run(encode, { docs, tokenizer: bpe })).artefact],
  } as const
  const digests = Object.entries(made).map(([name, [kind, { path }]]) => {
    const digest = createHash('sha256')
      .update(JSON.stringify(contents(path)))
      .digest('hex')
    return `${name} ${kind.version} ${digest}\n`
  })
  await expect(digests.join('')).toMatchFileSnapshot('golden/kinds.txt')
})
