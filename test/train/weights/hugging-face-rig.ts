/** Weights that go out as a folder of transformers and come back, with changes of its files. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { specialTokens } from '../../../src/text/special.ts'
import type { Architecture } from '../../../src/train/hugging-face/layout.ts'
import { readHuggingFace } from '../../../src/train/hugging-face/read.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../../src/train/weights/safetensors.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { newFolder, savedWeights } from '../saved.ts'

export const template = stdTemplate('chatml')
export const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', template.tokens))
export const standard: Architecture = async (name, sizes) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
export const sizes = { vocab: tokenizer.size, dim: 16, layers: 2, heads: 4, context: 24 }
export const json = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
export const llama = { kv_heads: 2, hidden: 48, rope_base: 5000, epsilon: 1e-6 }

export async function exported(name: string, more: Readonly<Record<string, number | boolean | string>> = {}) {
  const from = savedWeights(architecture(name, { ...sizes, ...more }), tokenizer, { template })
  const to = newFolder()
  await writeHuggingFace(from, to, standard)
  return { from, to }
}

export const readBack = (folder: string) =>
  readHuggingFace(join(folder, 'config.json'), [join(folder, 'model.safetensors')], standard)

/** Writes one of its JSON files or tensors anew. */
export function change(folder: string, config: object, tensors?: (all: Record<string, StoredTensor>) => void) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...json(folder, 'config.json'), ...config }))
  const path = join(folder, 'model.safetensors')
  const all = { ...readSafetensors(path).tensors }
  tensors?.(all)
  writeSafetensors(path, all)
}

/** Gives tensors other names, in the order that they have. */
export function rename(all: Record<string, StoredTensor>, to: (name: string) => string): void {
  for (const [name, tensor] of Object.entries(all)) {
    delete all[name]
    all[to(name)] = tensor
  }
}

/** Puts tensors of zeros of any type before the others of a file. */
export function addBuffers(
  path: string,
  buffers: Readonly<Record<string, { dtype: string; shape: readonly number[] }>>,
): void {
  const bytes = readFileSync(path)
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString())
  let end = 0
  const added = Object.entries(buffers).map(([name, { dtype, shape }]) => {
    const start = end
    end += shape.reduce((a, b) => a * b, 1) * ({ BOOL: 1, U8: 1, F32: 4, I64: 8 } as Record<string, number>)[dtype]!
    return [name, { dtype, shape, data_offsets: [start, end] }]
  })
  for (const entry of Object.values(header) as { data_offsets?: number[] }[])
    if (entry.data_offsets) entry.data_offsets = entry.data_offsets.map((at) => at + end)
  const text = Buffer.from(JSON.stringify({ ...header, ...Object.fromEntries(added) }))
  const count = Buffer.alloc(8)
  count.writeBigUInt64LE(BigInt(text.length))
  writeFileSync(path, Buffer.concat([count, text, Buffer.alloc(end), bytes.subarray(8 + length)]))
}
