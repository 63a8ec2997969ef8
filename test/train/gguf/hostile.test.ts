/** GGUF files that are cut off, contradict themselves or claim what they do not have are refused, in little memory. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import type { TypedValue } from '../../../src/text/gguf/write.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { GgufFile } from '../../../src/train/gguf/file.ts'
import { exportGguf } from '../../../src/train/gguf/write.ts'
import { writeGgufFile } from '../../../src/train/gguf/writer.ts'
import { readModel } from '../../../src/train/weights/model-folder.ts'
import { architecture } from '../../model/architecture.ts'
import { newFolder, savedWeights } from '../saved.ts'

const standard = async (name: string, sizes: object) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
const tokenizer = bytesTokenizer(specialTokens('<|end|>', []))
const model = architecture('llama', { vocab: 257, dim: 16, layers: 1, heads: 2, context: 64 })
const folder = newFolder()
await exportGguf(savedWeights(model, tokenizer), folder, standard, 'float32')
const sound = readFileSync(join(folder, 'model.gguf'))

/** A file with other bytes. */
function changed(change: (bytes: Buffer) => Buffer | undefined): string {
  const path = join(newFolder(), 'model.gguf')
  const bytes = Buffer.from(sound)
  writeFileSync(path, change(bytes) ?? bytes)
  return path
}

/** The position after a text in the file. */
const behind = (text: string) => sound.indexOf(text) + text.length

describe('a GGUF file is refused', () => {
  it.each([
    ['of no bytes', () => Buffer.alloc(0), 'it does not begin with GGUF'],
    ['of another format', (all: Buffer) => all.fill(0, 0, 4), 'it does not begin with GGUF'],
    ['of version 1', (all: Buffer) => void all.writeUInt32LE(1, 4), 'of version 1 of GGUF'],
    ['for big-endian machines', (all: Buffer) => void all.writeUInt32BE(3, 4), 'for big-endian machines'],
    [
      'with 2^60 tensors',
      (all: Buffer) => void all.writeBigUInt64LE(2n ** 60n, 8),
      'it would have 1152921504606847000 tensors',
    ],
    [
      'with 2^60 values',
      (all: Buffer) => void all.writeBigUInt64LE(2n ** 60n, 16),
      'it would have 1152921504606847000 values',
    ],
    ['with a text of 2^40 bytes', (all: Buffer) => void all.writeBigUInt64LE(2n ** 40n, 24), 'bytes in a text'],
    [
      'with a value of an unknown type',
      (all: Buffer) => void all.writeUInt32LE(77, behind('general.architecture')),
      'the value general.architecture is of the unknown type 77',
    ],
    [
      'with 2^50 tokens',
      (all: Buffer) => void all.writeBigUInt64LE(2n ** 50n, behind('tokenizer.ggml.tokens') + 8),
      'values in tokenizer.ggml.tokens',
    ],
    [
      'with a list of lists',
      (all: Buffer) => void all.writeUInt32LE(9, behind('tokenizer.ggml.tokens') + 4),
      'its tokenizer.ggml.tokens is a list of lists',
    ],
    ['that is cut off in its values', (all: Buffer) => all.subarray(0, 500), 'and only'],
    ['that is cut off in its tensors', (all: Buffer) => all.subarray(0, all.length - 5000), 'and the file at'],
    [
      'with a tensor of 9 dimensions',
      (all: Buffer) => void all.writeUInt32LE(9, behind('output_norm.weight')),
      'the tensor output_norm.weight has 9 dimensions',
    ],
    [
      'with a tensor of a size beyond the file',
      (all: Buffer) => void all.writeBigUInt64LE(2n ** 45n, behind('output_norm.weight') + 4),
      'the tensor output_norm.weight ends at byte',
    ],
    [
      'with a tensor of no numbers',
      (all: Buffer) => void all.writeBigUInt64LE(0n, behind('output_norm.weight') + 4),
      'the tensor output_norm.weight is [0]',
    ],
    [
      'with a tensor at an odd place',
      (all: Buffer) => void all.writeBigUInt64LE(7n, behind('output_norm.weight') + 16),
      'begins at 7, between units of 32 bytes',
    ],
    [
      'with a tensor beyond the file',
      (all: Buffer) => void all.writeBigUInt64LE(2n ** 52n, behind('output_norm.weight') + 16),
      'the tensor output_norm.weight ends at byte',
    ],
    [
      'with a tensor in IQ4_XS',
      (all: Buffer) => void all.writeUInt32LE(23, behind('output_norm.weight') + 12),
      'the tensor output_norm.weight is of the type IQ4_XS',
    ],
    [
      'with rows of quantized numbers that are not whole blocks',
      (all: Buffer) => void all.writeUInt32LE(8, behind('output_norm.weight') + 12),
      'have 16 numbers, not whole blocks of 32 (Q8_0)',
    ],
  ] as [string, (all: Buffer) => Buffer | undefined, string][])('%s', (_what, change, message) => {
    const path = changed(change)
    expect(() => new GgufFile(path)).toThrow(message)
    expect(() => new GgufFile(path)).toThrow(expect.objectContaining({ name: 'StageError' }))
  })

  it('at every length at which it can be cut off', () => {
    const path = join(newFolder(), 'model.gguf')
    for (let length = 0; length < sound.length; length += 997) {
      writeFileSync(path, sound.subarray(0, length))
      expect(() => new GgufFile(path)).toThrow(expect.objectContaining({ name: 'StageError' }))
    }
  })
})

describe('a model is refused', () => {
  const metadata = (changes: Readonly<Record<string, TypedValue>>) => {
    const path = join(newFolder(), 'model.gguf')
    const base: Record<string, TypedValue> = { 'general.architecture': ['string', 'llama'] }
    const tensors = ['token_embd.weight'].map((name) => ({
      name,
      shape: [257, 16],
      type: 'F32' as const,
      numbers: () => new Float32Array(257 * 16),
    }))
    writeGgufFile(path, new Map(Object.entries({ ...base, ...changes })), tensors)
    return readModel([path], standard)
  }
  const tokens: Record<string, TypedValue> = {
    'tokenizer.ggml.model': ['string', 'gpt2'],
    'tokenizer.ggml.pre': ['string', 'gpt-2'],
    'tokenizer.ggml.tokens': ['strings', ['a', 'b']],
    'tokenizer.ggml.merges': ['strings', []],
  }

  it.each([
    ['of another architecture', { 'general.architecture': ['string', 'mamba'] }, 'its general.architecture is "mamba"'],
    ['without a tokenizer', {}, 'it has no tokenizer.ggml.tokens'],
    [
      'with another tokenizer',
      { ...tokens, 'tokenizer.ggml.model': ['string', 't5'] },
      'its tokenizer.ggml.model is "t5"',
    ],
    [
      'with another split',
      { ...tokens, 'tokenizer.ggml.pre': ['string', 'viking'] },
      'its tokenizer.ggml.pre is "viking"',
    ],
    ['without sizes', tokens, 'no number for hidden_size'],
    ['with experts', { ...tokens, 'llama.expert_count': ['uint32', 8] }, 'mixtures of 8 experts'],
    [
      'with scores that are not those of its tokens',
      {
        ...tokens,
        'tokenizer.ggml.model': ['string', 'llama'],
        'tokenizer.ggml.scores': ['float32s', Float64Array.of(1)],
      },
      'its tokenizer.ggml.scores are not one number for each token',
    ],
    [
      'with scaled positions',
      {
        ...tokens,
        ...Object.fromEntries(
          Object.entries({
            block_count: 1,
            embedding_length: 16,
            feed_forward_length: 16,
            context_length: 8,
            'attention.head_count': 2,
          }).map(([name, size]) => [`llama.${name}`, ['uint32', size]]),
        ),
        'llama.rope.scaling.type': ['string', 'longrope'],
      },
      'its rotary positions are scaled ("longrope")',
    ],
  ] as [string, Record<string, TypedValue>, string][])('%s', async (_what, changes, message) => {
    await expect(metadata(changes)).rejects.toThrow(message)
  })
})
