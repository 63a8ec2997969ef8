/** Folders of llmpipe's own weights that are damaged: each is refused with what is wrong with it. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pathsIn } from '../../../src/train/hugging-face/folder-files.ts'
import { readModel } from '../../../src/train/weights/model-folder.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../../src/train/weights/safetensors.ts'
import { savedWeights } from '../saved.ts'
import { architecture, sizes, tokenizer } from '../small.ts'

const model = architecture('llama', { ...sizes, vocab: tokenizer.size })
const read = (folder: string) => readModel(pathsIn(folder), async () => model)
const weight = 'layers.0.attention.q.weight'

function changed(change: (all: Record<string, StoredTensor>) => void): string {
  const folder = savedWeights(model, tokenizer)
  const path = join(folder, 'model.safetensors')
  const all = { ...readSafetensors(path).tensors }
  change(all)
  writeSafetensors(path, all)
  return folder
}

describe('weights of llmpipe', () => {
  it('that are whole are read', async () => {
    expect((await read(savedWeights(model, tokenizer))).model).toEqual(model)
  })

  it.each<[string, (all: Record<string, StoredTensor>) => void, string]>([
    ['lack a weight', (all) => delete all[weight], `the weight ${weight} is missing`],
    [
      'have one of another shape',
      (all) => (all[weight] = { shape: [2, 3], data: new Float32Array(6) }),
      `the weight ${weight} is [2, 3], and by model.json [`,
    ],
    ['hold NaN', (all) => (all[weight]!.data[5] = Number.NaN), `the tensor ${weight} holds NaN (number 5 of`],
  ])('that %s are refused', async (_, change, why) => {
    await expect(read(changed(change))).rejects.toThrow(why)
    await expect(read(changed(change))).rejects.toMatchObject({ code: 'damaged-weights' })
  })

  it.each([
    ['model.json', 'null'],
    ['model.json', '{}'],
    ['model.json', '{"graph":{"nodes":[],"weights":[]},"context":"8"}'],
    ['model.json', '{'],
    ['origin.json', '[]'],
    ['origin.json', '{'],
  ])('whose %s is %s are refused', async (name, text) => {
    const folder = savedWeights(model, tokenizer)
    writeFileSync(join(folder, name), text)
    await expect(read(folder)).rejects.toMatchObject({ code: 'damaged-weights' })
  })

  it('with half an adapter beside them are refused', async () => {
    const folder = savedWeights(model, tokenizer)
    writeSafetensors(join(folder, 'adapter_model.safetensors'), {})
    await expect(read(folder)).rejects.toMatchObject({ code: 'no-weights' })
  })
})
