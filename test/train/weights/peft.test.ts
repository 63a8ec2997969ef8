/** Adapters in the layout of PEFT, without Python; test/torch/checkpoints/peft.test.ts asks PEFT itself. */

import { describe, expect, it } from 'vitest'
import { adapted, loraNames } from '../../../src/model/training/lora.ts'
import { fromPeft, isPeft, type PeftAdapter, toPeft } from '../../../src/train/hugging-face/peft.ts'
import { mergeAdapter } from '../../../src/train/weights/lora.ts'
import type { StoredTensor } from '../../../src/train/weights/safetensors.ts'
import { randomWeights } from '../random-weights.ts'
import { architecture, sizes } from '../small.ts'

function adapterOf(name: string, targets: readonly string[]) {
  const model = architecture(name, sizes)
  let next = 1
  const some = (shape: [number, number]): StoredTensor => ({
    shape,
    data: Float32Array.from({ length: shape[0] * shape[1] }, () => (next++ % 7) / 8),
  })
  const tensors = adapted(model.graph, targets).flatMap((weight) => {
    const [out, from] = model.graph.weights.find((each) => each.name === weight)!.shape as [number, number]
    const { a, b } = loraNames(weight)
    return [[a, some([2, from])] as const, [b, some([out, 2])] as const]
  })
  return { model, adapter: { rank: 2, alpha: 6, targets, tensors: Object.fromEntries(tensors) } }
}

describe('an adapter for PEFT', () => {
  it.each([
    ['llama', ['q', 'v', 'down', 'head'], ['q_proj', 'v_proj', 'down_proj', 'lm_head']],
    ['llama', ['layers.1.swiglu.up'], ['1.mlp.up_proj']],
    ['gpt2', ['q', 'v', 'o'], ['c_attn', 'attn.c_proj']],
    ['gpt2', ['o', 'down'], ['c_proj']],
  ])('of %s, of %j, names the modules %j, and changes the weights as ours does', (name, targets, modules) => {
    const { model, adapter } = adapterOf(name, targets)
    const peft = toPeft(adapter, model, undefined)!
    expect(isPeft(peft.tensors)).toBe(true)
    expect(peft.config.target_modules).toEqual([...modules].sort())
    const weights = randomWeights(model, sizes.vocab)
    const [ours, theirs] = [mergeAdapter(weights, adapter), mergeAdapter(weights, fromPeft(peft, model))]
    for (const [weight, { data }] of Object.entries(ours))
      for (let i = 0; i < data.length; i++) expect(Math.abs(data[i]! - theirs[weight]!.data[i]!)).toBeLessThan(1e-5)
  })

  it('has the names of the whole model before those of its modules', () => {
    const { model, adapter } = adapterOf('gpt2', ['k'])
    const { tensors, config } = toPeft(adapter, model, 'openai/gpt2')!
    expect(Object.keys(tensors)[0]).toBe('base_model.model.transformer.h.0.attn.c_attn.lora_A.weight')
    expect(config).toMatchObject({ base_model_name_or_path: 'openai/gpt2', fan_in_fan_out: true, r: 2, lora_alpha: 6 })
  })

  it('of an architecture that transformers lacks keeps the names of llmpipe', () => {
    const { model, adapter } = adapterOf('llama', ['q'])
    expect(toPeft(adapter, { ...model, $name: 'mine' }, undefined)).toBeUndefined()
  })
})

describe('an adapter of PEFT is refused', () => {
  const { model, adapter } = adapterOf('llama', ['q'])
  const sound = toPeft(adapter, model, undefined)!
  const [name] = Object.keys(sound.tensors) as [string]
  const change = (config: object, tensors: Record<string, StoredTensor> = {}): PeftAdapter => ({
    config: { ...sound.config, ...config },
    tensors: { ...sound.tensors, ...tensors },
  })

  it.each<[string, PeftAdapter, string]>([
    ['if it is no LoRA', change({ peft_type: 'IA3' }), 'its peft_type is "IA3"'],
    ['if it is DoRA', change({ use_dora: true }), 'it is DoRA'],
    ['if it changes biases', change({ bias: 'all' }), 'it changes biases'],
    ['if it changes whole modules', change({ modules_to_save: ['lm_head'] }), 'modules_to_save: lm_head'],
    ['if its alpha is no number', change({ lora_alpha: '16' }), 'its lora_alpha is "16"'],
    [
      'if it is of another model',
      change({}, { [name.replace('layers.0', 'layers.9')]: sound.tensors[name]! }),
      'no place for it',
    ],
    [
      'if its matrices have another shape',
      change({}, { [name]: { shape: [2, 3], data: new Float32Array(6) } }),
      'are [2, 3] and',
    ],
    [
      'if half of it is missing',
      {
        config: sound.config,
        tensors: Object.fromEntries(Object.entries(sound.tensors).filter(([key]) => key !== name)),
      },
      'no place for it',
    ],
    ['if it is empty', { config: sound.config, tensors: {} }, 'it has no tensors'],
  ])('%s', (_, peft, why) => {
    expect(() => fromPeft(peft, model)).toThrow(why)
    expect(() => fromPeft(peft, model)).toThrow(expect.objectContaining({ code: 'unsupported-weights' }))
  })
})
