/** A folder for transformers that was not written right is refused by the check after an export. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkFolder } from '../../../src/train/hugging-face/check-folder.ts'
import { layouts } from '../../../src/train/hugging-face/layouts.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { readSafetensors, type StoredTensor } from '../../../src/train/weights/safetensors.ts'
import { loadWeights } from '../../../src/train/weights/weights.ts'
import { architecture } from '../../model/architecture.ts'
import { newFolder, savedWeights } from '../saved.ts'
import { change, exported, json, llama, standard, tokenizer } from './hugging-face-rig.ts'

/** The folder of an export, and the check of its present contents. */
async function written(name: string, more: Readonly<Record<string, number | boolean>> = {}) {
  const { from, to } = await exported(name, more)
  const { tensors } = readSafetensors(join(to, 'model.safetensors'))
  const layout = layouts.find(({ architecture }) => architecture === name)!
  const sizes = loadWeights(from).model.$arguments as Readonly<Record<string, number>>
  const expected = { folder: from, layout, sizes, vocab: tokenizer.size, tensors, typeOf: () => 'F32' as const }
  return { to, check: () => checkFolder(to, expected, standard) }
}

const cases: readonly (readonly [string, string, (to: string) => void])[] = [
  ['another size', 'the model of config.json', (to) => change(to, { rms_norm_eps: 1e-4 })],
  [
    'one other number',
    'the tensor model.layers.1.mlp.up_proj.weight',
    (to) =>
      change(to, {}, (all) => {
        all['model.layers.1.mlp.up_proj.weight']!.data[9]! += 1e-7
      }),
  ],
  [
    'a tensor in another shape',
    'the tensor model.layers.0.self_attn.k_proj.weight',
    (to) => change(to, {}, (all) => reshape(all, 'model.layers.0.self_attn.k_proj.weight', [4, 32])),
  ],
  [
    'a tensor more',
    'the number of tensors',
    (to) => change(to, {}, (all) => Object.assign(all, { more: { shape: [1], data: Float32Array.of(1) } })),
  ],
  [
    'another chat template',
    'the chat template',
    (to) =>
      writeFileSync(
        join(to, 'tokenizer_config.json'),
        JSON.stringify({ ...json(to, 'tokenizer_config.json'), chat_template: '{{ messages[0].content }}' }),
      ),
  ],
  [
    'another tokenizer',
    'the tokenizer',
    (to) => {
      const all = json(to, 'tokenizer.json')
      const { a, e } = all.model.vocab
      Object.assign(all.model.vocab, { a: e, e: a })
      writeFileSync(join(to, 'tokenizer.json'), JSON.stringify(all))
    },
  ],
]

function reshape(all: Record<string, StoredTensor>, name: string, shape: number[]): void {
  all[name] = { ...all[name]!, shape }
}

describe('the check after an export', () => {
  it.each(['llama', 'gpt2', 'gemma2', 'qwen3'])('finds nothing in a %s as it was written', async (name) => {
    const { check } = await written(name, name === 'gemma2' ? { head_dim: 8 } : {})
    await expect(check()).resolves.toBeUndefined()
  })

  it.each(['F32', 'F16', 'BF16'] as const)('finds nothing in large tensors of %s', async (type) => {
    const sizes = { vocab: tokenizer.size, dim: 256, layers: 1, heads: 2, context: 24, hidden: 300 }
    const from = savedWeights(architecture('llama', sizes), tokenizer)
    const { parameters } = await writeHuggingFace(from, newFolder(), standard, type)
    expect(parameters).toBeGreaterThan(500_000)
  })

  it('finds nothing in a GPT-2 without biases, which is written with zeros', async () => {
    const { check } = await written('gpt2', { bias: false })
    await expect(check()).resolves.toBeUndefined()
  })

  it.each(cases)('finds %s', async (_, what, damage) => {
    const { to, check } = await written('llama', llama)
    damage(to)
    await expect(check()).rejects.toMatchObject({
      code: 'damaged-weights',
      message: `the folder was not written right: ${what} is read back otherwise`,
    })
  })
})
