/** Adapters: nothing changes before they learn, merging changes nothing, and only they learn. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import { Random } from '../../../src/core/values/random.ts'
import type { Tensor } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { spanOf } from '../../../src/engine/training-session.ts'
import { bind } from '../../../src/model/bind.ts'
import type { Graph } from '../../../src/model/graph.ts'
import { adaptable, adapted, loraNames, targetsOfNothing, withLora } from '../../../src/model/training/lora.ts'
import { type SftTask, sft } from '../../../src/train/loops/sft.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { mergeAdapter, saveAdapter, stackedAdapters } from '../../../src/train/weights/lora.ts'
import { layOut, views } from '../../../src/train/weights/parameters.ts'
import type { StoredTensor } from '../../../src/train/weights/safetensors.ts'
import { loadWeights, loadWithAdapter } from '../../../src/train/weights/weights.ts'
import { randomWeights } from '../random-weights.ts'
import { savedWeights } from '../saved.ts'
import { architecture, scratch, sizes, tokenizer } from '../small.ts'

const engine = await loadEngine('onnx')
const lora = { rank: 3, alpha: 6, targets: ['q', 'v', 'down', 'head'] }
const time = 12
const ids = Int32Array.from({ length: 2 * time }, (_, i) => (i * 37) % sizes.vocab)

async function logits(graph: Graph, weights: Readonly<Record<string, Tensor>>): Promise<Float32Array> {
  const executable = await engine.compile(graph, { threads: 1 })
  const shape = [2, time]
  const outputs = await executable.run({
    ...weights,
    tokens: { dtype: 'int32', shape, data: ids },
    positions: { dtype: 'int32', shape, data: ids.map((_, i) => i % time) },
  })
  const data = Float32Array.from(outputs.logits!.data)
  await executable.dispose()
  return data
}

describe.each(['llama', 'gpt2'])('an adapter of %s', (name) => {
  const model = architecture(name, sizes)
  const base = randomWeights(model, sizes.vocab)
  const graph = bind(model.graph, { batch: 2, time, vocab: sizes.vocab })
  const adapting = withLora(graph, lora)
  const slots = layOut(adapting.weights.filter((weight) => base[weight.name] === undefined))
  const flat = new Float32Array(spanOf(slots))
  initialize(adapting.weights, slots, flat, 1)
  const tensors = views(slots, flat) as Record<string, StoredTensor & Tensor>

  it('computes what the model did, to the bit, before it learned anything', async () => {
    expect(slots.length).toBeGreaterThan(4)
    expect(await logits(adapting, { ...base, ...tensors })).toEqual(await logits(graph, base))
  })

  it('computes the same after it was merged', async () => {
    const random = new Random(1, 'test')
    for (const tensor of Object.values(tensors))
      for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = random.normal() / 4
    const beside = await logits(adapting, { ...base, ...tensors })
    const merged = await logits(graph, mergeAdapter(base, { ...lora, tensors }))
    const plain = await logits(graph, base)
    const far = (a: Float32Array, b: Float32Array) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0)
    expect(far(beside, plain)).toBeGreaterThan(0.1)
    expect(far(beside, merged)).toBeLessThan(1e-4)
  })
})

describe('targets', () => {
  it('are matrices of products, selected by the ends of their names', () => {
    const { graph } = architecture('gpt2', sizes)
    expect(adaptable(graph)).not.toContain('table')
    expect(adapted(graph, ['gpt2_attention.q', 'layers.1.gpt2_mlp.up'])).toEqual([
      'layers.0.gpt2_attention.q.weight',
      'layers.1.gpt2_attention.q.weight',
      'layers.1.gpt2_mlp.up.weight',
    ])
    expect(adapted(graph, ['ttention.q'])).toEqual([])
  })

  it('may have the names that Hugging Face has for them', () => {
    const llama = architecture('llama', sizes).graph
    expect(adapted(llama, ['q_proj', 'gate_proj', 'lm_head'])).toEqual(adapted(llama, ['q', 'gate', 'head']))
    const gpt2 = architecture('gpt2', sizes).graph
    expect(adapted(gpt2, ['c_attn', 'mlp.c_proj'])).toEqual(adapted(gpt2, ['q', 'k', 'v', 'down']))
    expect(adapted(gpt2, ['c_proj'])).toEqual(adapted(gpt2, ['o', 'down']))
    expect(adapted(gpt2, ['transformer.h.1.attn.c_proj'])).toEqual(['layers.1.gpt2_attention.o.weight'])
    expect(adapted(llama, ['self_attn.q_proj'])).toEqual(adapted(llama, ['q']))
    expect(adapted(llama, ['model.layers.1.mlp.up_proj'])).toEqual(['layers.1.swiglu.up.weight'])
  })

  it.each(['qwen2', 'qwen3', 'olmo2'])('of %s are the matrices of its layers, and no norm', (name) => {
    const { graph } = architecture(name, { ...sizes, layers: 1 })
    const found = adapted(graph, ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'])
    expect(found).toHaveLength(7)
    expect(adapted(graph, ['all_linear'])).toEqual(found)
  })

  it('all_linear is all but the matrix that writes tokens, also with a hyphen', () => {
    for (const name of ['llama', 'gpt2']) {
      const { graph } = architecture(name, sizes)
      const all = adaptable(graph).filter((each) => each !== 'head.weight')
      expect(adapted(graph, ['all_linear'])).toEqual(all)
      expect(adapted(graph, ['all-linear'])).toEqual(all)
    }
  })

  it('that match no weight are reported beside others that do', () => {
    const { graph } = architecture('llama', sizes)
    expect(targetsOfNothing(graph, ['q', 'query', 'c_attn', 'c_fc', 'nope'])).toEqual(['query', 'nope'])
  })
})

const model = architecture('llama', sizes)
const base = randomWeights(model, sizes.vocab, 1, 1)
const pairs = Array.from({ length: 24 }, (_, i) => {
  const prompt = [60 + (i % 12), 61]
  const all = [...prompt, 97 + (i % 12), 98, 10]
  return { ids: Uint32Array.from(all), mask: Uint8Array.from(all, (_, t) => Number(t >= 2)), learned: 3 }
})

const settings: SftTask['settings'] = {
  epochs: 6,
  batch: 5,
  optimizer: { lr: 2e-2, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 },
  schedule: { call: 'constant', warmup: 0 },
  clip: 1,
  lora: { rank: 4, alpha: 8, targets: ['q', 'v', 'head'] },
  seed: 1,
}

function train(change: Partial<SftTask> = {}) {
  return sft({
    model,
    weights: base,
    vocab: sizes.vocab,
    train: pairs.slice(0, 20),
    heldOut: pairs.slice(20),
    settings,
    hints: { checkpoint_every: 1e9, log_every: 1 },
    engine,
    threads: 1,
    work: scratch(),
    signal: new AbortController().signal,
    emit: () => {},
    ...change,
  })
}

describe('fine-tuning an adapter', () => {
  it('learns, and leaves all weights but its targets as they are', async () => {
    const { heldOut, tensors, adapter, learned } = await train()
    expect(heldOut!.tuned).toBeLessThan(heldOut!.base - 0.5)
    const changed = Object.keys(tensors).filter((name) => String(tensors[name]!.data) !== String(base[name]!.data))
    expect(changed.sort()).toEqual(adapted(model.graph, ['q', 'v', 'head']).sort())
    expect(Object.keys(adapter!).sort()).toEqual(changed.flatMap((name) => Object.values(loraNames(name))).sort())
    expect(learned).toBe(Object.values(adapter!).reduce((sum, { data }) => sum + data.length, 0))
  })

  it('ends in the same bytes when it was interrupted', async () => {
    const undisturbed = await train()
    const work = scratch()
    const stop = new AbortController()
    const emit: SftTask['emit'] = (event) => {
      if (event.event === 'progress' && event.done === 7) stop.abort()
    }
    await expect(train({ work, signal: stop.signal, emit })).rejects.toThrow(Interrupted)
    expect((await train({ work })).adapter).toEqual(undisturbed.adapter)
  })

  it('says which matrices there are where it finds none', async () => {
    const lora = { rank: 4, alpha: 8, targets: ['query'] }
    await expect(train({ settings: { ...settings, lora } })).rejects.toMatchObject({
      code: 'no-such-weights',
      message: 'no matrix of the model is called query',
      help: 'It has q, k, v, o, gate, up, down, head.',
    })
  })

  it('kept beside the weights, it is merged by whatever loads them', async () => {
    const folder = savedWeights(model, tokenizer)
    const { tensors: before } = loadWeights(folder)
    const { adapter, tensors } = await train({ weights: before })
    saveAdapter(folder, { rank: 4, alpha: 8, targets: ['q', 'v', 'head'], tensors: adapter! }, model)
    expect(existsSync(join(folder, 'adapter_config.json'))).toBe(true)
    expect(loadWeights(folder).tensors).toEqual(tensors)
  })

  it('is stacked on another: one adapter that adds what both add, in our names and in those of PEFT', () => {
    const random = (shape: number[], seed: number) => ({
      shape,
      data: Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => Math.sin(seed + 7 * i)),
    })
    const adapterOf = (rank: number, targets: readonly string[], seed: number) => {
      const tensors = adapted(model.graph, targets).flatMap((name, i) => {
        const [out, from] = base[name]!.shape as [number, number]
        const { a, b } = loraNames(name)
        return [[a, random([rank, from], seed + i)] as const, [b, random([out, rank], seed - i)] as const]
      })
      return { rank, alpha: 3, targets, tensors: Object.fromEntries(tensors) }
    }
    const [first, second] = [adapterOf(2, ['q', 'v'], 1), adapterOf(3, ['v', 'head'], 2)]
    const folder = savedWeights(model, tokenizer)
    saveAdapter(folder, first, model)
    const { tensors, adapter } = loadWithAdapter(folder)
    const stacked = stackedAdapters(adapter!, second)
    expect(stacked.rank).toBe(5)
    const expected = mergeAdapter(mergeAdapter(tensors, first), second)
    const near = (got: Readonly<Record<string, Tensor>>) => {
      for (const [name, { data }] of Object.entries(expected))
        for (const [i, number] of data.entries()) expect(Math.abs(got[name]!.data[i]! - number)).toBeLessThan(1e-5)
    }
    near(mergeAdapter(tensors, stacked))
    saveAdapter(folder, stacked, model)
    near(loadWeights(folder).tensors)
  })
})
