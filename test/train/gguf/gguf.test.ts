/** GGUF files: what is written is read again, and files of other tools are read with their numbers. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import type { ModelSpec } from '../../../src/model/spec.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { CharacterSet, charactersTokenizer } from '../../../src/text/characters.ts'
import { loadTokenizerFiles } from '../../../src/text/load.ts'
import { specialTokens } from '../../../src/text/special.ts'
import type { Tokenizer } from '../../../src/text/tokenizer.ts'
import { GgufFile } from '../../../src/train/gguf/file.ts'
import { dequantized, quantized } from '../../../src/train/gguf/quantized.ts'
import { exportGguf } from '../../../src/train/gguf/write.ts'
import { openModel, readModel } from '../../../src/train/weights/model-folder.ts'
import { loadWeights } from '../../../src/train/weights/weights.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { newFolder, savedWeights } from '../saved.ts'

const standard = async (name: string, sizes: object) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
const bytes = bytesTokenizer(specialTokens('<|end|>', ['<|im_start|>', '<|im_end|>']))
const layout = (name: string) =>
  loadTokenizerFiles(new URL(`../../text/golden/layouts/${name}.json`, import.meta.url).pathname)
const models: Readonly<Record<string, ModelSpec>> = {
  llama: architecture('llama', { vocab: 259, dim: 32, layers: 2, heads: 4, kv_heads: 2, context: 64 }),
  tied: architecture('llama', { vocab: 259, dim: 32, layers: 1, heads: 2, context: 64, tied: true }),
  gpt2: architecture('gpt2', { vocab: 259, dim: 32, layers: 2, heads: 2, context: 64 }),
}

/** The path of an exported file, and the weights in it and before. */
async function exported(model: ModelSpec, dtype?: Parameters<typeof exportGguf>[3], tokenizer: Tokenizer = bytes) {
  const [folder, out] = [savedWeights(model, tokenizer), newFolder()]
  const written = await exportGguf(folder, out, standard, dtype)
  const path = join(out, 'model.gguf')
  return { folder, path, written, read: await readModel([path], standard) }
}

describe.each(Object.entries(models))('%s', (_name, model) => {
  it('is the same model with the same numbers after float32', async () => {
    const { folder, read, written } = await exported(model)
    const { tensors } = loadWeights(folder)
    expect(written).toMatchObject({ type: 'float32', notes: [] })
    expect(read.model.graph).toEqual(model.graph)
    for (const { name, start, size } of read.slots)
      expect(read.parameters.subarray(start, start + size), name).toEqual(tensors[name]!.data)
    expect(read.tokenizer.encode('Hello  wörld\n<|end|>', { special: 'all' })).toEqual(
      bytes.encode('Hello  wörld\n<|end|>', { special: 'all' }),
    )
  })

  it.each([
    ['float16', 2 ** -11],
    ['bfloat16', 2 ** -8],
    ['q8_0', 1 / 100],
  ] as const)('has nearly the same numbers after %s', async (dtype, share) => {
    const { folder, read } = await exported(model, dtype)
    const { tensors } = loadWeights(folder)
    for (const { name, start, size } of read.slots) {
      const ours = tensors[name]!.data as Float32Array
      const most = ours.reduce((max, each) => Math.max(max, Math.abs(each)), 0)
      const apart = read.parameters
        .subarray(start, start + size)
        .reduce((max, x, i) => Math.max(max, Math.abs(x - ours[i]!)), 0)
      expect(apart, name).toBeLessThanOrEqual(most * share)
    }
  })
})

it('gives the same bytes every time', async () => {
  const [one, two] = [await exported(models.llama!, 'q8_0'), await exported(models.llama!, 'q8_0')]
  expect(readFileSync(one.path).equals(readFileSync(two.path))).toBe(true)
})

it('interleaves the halves of each head of queries and keys, as llama.cpp rotates neighbors', async () => {
  const { folder, path } = await exported(models.llama!)
  const file = new GgufFile(path)
  const theirs = file.read('blk.0.attn_q.weight').data
  file.close()
  const ours = loadWeights(folder).tensors['layers.0.attention.q.weight']!.data as Float32Array
  // Four heads of eight rows: row 1 of the file is row 4 of ours.
  expect(theirs.subarray(0, 32)).toEqual(ours.subarray(0, 32))
  expect(theirs.subarray(32, 64)).toEqual(ours.subarray(4 * 32, 5 * 32))
  expect(theirs.subarray(64, 96)).toEqual(ours.subarray(32, 64))
})

describe('the tokenizer', () => {
  it.each(['gpt2', 'llama3', 'qwen3', 'llama2', 'mistral'])(
    'of %s is read from its tokens and merges with the same ids',
    async (name) => {
      const tokenizer = layout(name)
      const model = architecture('llama', { vocab: tokenizer.size, dim: 32, layers: 1, heads: 2, context: 64 })
      const { read } = await exported(model, 'float16', tokenizer)
      for (const text of ['Hello, wörld! 12345', '  two\n\nlines é'])
        expect([...read.tokenizer.encode(text, { wrap: true })]).toEqual([...tokenizer.encode(text, { wrap: true })])
    },
  )

  it('keeps its chat template and the ends of turns', async () => {
    const template = stdTemplate('chatml')
    const [folder, out] = [savedWeights(models.llama!, bytes, { template }), newFolder()]
    await exportGguf(folder, out, standard, 'float16')
    const opened = await openModel(join(out, 'model.gguf'), standard)
    expect(opened.template?.jinja).toBe(template.jinja)
    expect(opened.template?.end).toBe('<|im_end|>')
    expect(new Set(opened.ends)).toEqual(new Set(['<|end|>', '<|im_end|>'].map((token) => bytes.special.get(token)!)))
  })

  it('is refused if llama.cpp has none like it', async () => {
    const characters = new CharacterSet()
    characters.add('abc ')
    const own = charactersTokenizer(characters.list(), specialTokens('', []))
    const model = architecture('llama', { vocab: own.size, dim: 32, layers: 1, heads: 2, context: 64 })
    await expect(exported(model, 'float16', own)).rejects.toThrow('its model is characters, not BPE')
  })
})

type Recorded = Readonly<Record<string, { readonly bytes: string; readonly numbers: string }>>
const recorded = JSON.parse(readFileSync('test/train/golden/gguf-blocks.json', 'utf8')) as Recorded

describe('the numbers of quantized tensors', () => {
  // Made and read by the package gguf 0.19.
  const numbers = new Float32Array(
    Uint8Array.from(
      Buffer.from(
        '6cbf803e7f4687bebdf2a33fdfd5563ea12189bffd22393f79e92640e673f23ffe27b4bf55f921c0ea8e9fbf6e45a93d4ecd94c0ec0ae0be037a1fc0e075bbbf8f548bbf18f221bf3dc1523f14710540979e83be46e82e40334aaabf21f9333fd249e73f8589403ef855bebf32f6ebbf0a5b6abfd57ae13e2b3b01c01f32d6bee20ba3bedb748a3f9acfdb3e69f3353f5061a7bf70b984be9eb2c83fc0283f400f2921c041c84140a5452c400604c83fba66073f7eba20bf6ca03a40bfe97a40f99b66405255284091fa363f2faa1ac0faf311bcbe0ea83f07e924c0704d4a3f18175c3fdb2fb23f2d9117c05765a9bf71745fbf12bc15c09ba35e4003e87dbf',
        'hex',
      ),
    ).buffer,
  )
  const files = {
    Q8_0: 'b02807f92306e3144734dabbde0281f4bcd8e2ef1639f94bdc133105d7cee70cc9f5e727f6230e17d6f83361ae62573311ec5e7f755517b2002bad1a1c2db3d5e4b471e0',
    Q4_0: 'a63868789ac886d96c9bb684565860975475d7b7193677d78b59d5626d52d3b5a7d912a0',
    Q4_1: 'e037a6c47a89bcea97fb7fbdd7a4676a80a95496ee3627c1e5c8870863950a8d809d0c3a4714ed4f',
  } as const

  it.each([
    ['Q8_0', [0.25634765625, -0.25634765625, 1.28173828125, 0.2197265625], 8.698806762695312],
    ['Q4_0', [0, 0, 1.162109375, 0], 6.20068359375],
    ['Q4_1', [0.2734375, -0.21875, 1.2578125, 0.2734375], 9.01513671875],
  ] as const)('are those of other tools in %s', (type, first, sum) => {
    const read = dequantized(type, Uint8Array.from(Buffer.from(files[type], 'hex')))
    expect([...read.subarray(0, 4)]).toEqual(first)
    expect(read.reduce((total, each) => total + each, 0)).toBeCloseTo(sum, 5)
  })

  it.each(['Q5_0', 'Q5_1', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K'] as const)(
    'are those of other tools in %s, to the bit',
    (type) => {
      const { bytes, numbers } = recorded[type]!
      const read = dequantized(type, Uint8Array.from(Buffer.from(bytes, 'base64')))
      expect(Buffer.from(read.buffer).toString('base64')).toBe(numbers)
    },
  )

  it('are written in Q8_0 byte for byte as by other tools', () => {
    expect(Buffer.from(quantized('Q8_0', numbers)).toString('hex')).toBe(files.Q8_0)
  })

  it('are zero in a block of zeros', () => {
    expect([...dequantized('Q8_0', quantized('Q8_0', new Float32Array(32)))]).toEqual(new Array(32).fill(0))
  })
})

it('writes rows that are not whole blocks in F16, and says so', async () => {
  const odd = architecture('llama', { vocab: 259, dim: 24, layers: 1, heads: 2, hidden: 40, context: 64 })
  const { written } = await exported(odd, 'q8_0')
  expect(written.notes).toEqual([expect.stringMatching(/^9 tensors are written in F16, because their rows/)])
})
