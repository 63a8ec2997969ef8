/** Weights to and from the layout of Hugging Face's transformers; test/torch/checkpoints/hugging-face.test.ts asks transformers itself. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import { pathsIn } from '../../../src/train/hugging-face/folder-files.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { readModel } from '../../../src/train/weights/model-folder.ts'
import { parameterCount } from '../../../src/train/weights/parameters.ts'
import { readSafetensors } from '../../../src/train/weights/safetensors.ts'
import { loadWeights } from '../../../src/train/weights/weights.ts'
import { architecture } from '../../model/architecture.ts'
import { newFolder, savedWeights } from '../saved.ts'
import {
  change,
  exported,
  json,
  llama,
  readBack,
  rename,
  sizes,
  standard,
  template,
  tokenizer,
} from './hugging-face-rig.ts'

describe('hf', () => {
  it.each([
    ['llama', llama],
    ['llama', { ...llama, attention_bias: true, mlp_bias: true, tied: true }],
    ['gpt2', {}],
    ['qwen2', {}],
    ['qwen3', { head_dim: 8, kv_heads: 1 }],
    ['olmo2', { tied: true }],
    ['qwen3_moe', { experts: 3, top: 2, normalized: false, head_dim: 8 }],
    ['olmo3', { window: 4, scaling: 'yarn', factor: 2, original: 12 }],
    ['llama3', { original: 12, head_dim: 8 }],
    ['mistral', { window: 4, head_dim: 6 }],
    ['smollm3', { layers: 4, tied: true }],
    ['smollm3', { layers: 2, plain_every: 3 }],
    ['gemma2', { head_dim: 8, query_size: 12, window: 4 }],
    ['gemma3', { head_dim: 8, window: 4, layers: 4, whole_every: 3, factor: 8 }],
  ] as const)('gives the same %s back', async (name, more) => {
    const { from, to } = await exported(name, more)
    const { model, tensors } = loadWeights(from)
    const read = await readBack(to)
    expect(read.model).toEqual(model)
    expect(read.notes).toEqual([])
    for (const { name: weight, start, size } of read.slots)
      expect(read.parameters.subarray(start, start + size)).toEqual(tensors[weight]!.data)
  })

  it('writes a GPT-2 without biases as one whose biases are 0', async () => {
    const { to } = await exported('gpt2', { bias: false })
    const { tensors } = readSafetensors(join(to, 'model.safetensors'))
    expect(tensors['transformer.h.1.attn.c_attn.bias']).toEqual({ shape: [48], data: new Float32Array(48) })
    const { slots, parameters } = await readBack(to)
    const { start, size } = slots.find(({ name }) => name === 'layers.0.layer_norm.bias')!
    expect(parameters.subarray(start, start + size)).toEqual(new Float32Array(size))
  })

  it('joins queries, keys and values as [in, out]', async () => {
    const { from, to } = await exported('gpt2')
    const { tensors } = loadWeights(from)
    const theirs = readSafetensors(join(to, 'model.safetensors')).tensors['transformer.h.0.attn.c_attn.weight']!
    expect(theirs.shape).toEqual([16, 48])
    for (const [part, name] of ['q', 'k', 'v'].entries()) {
      const ours = tensors[`layers.0.gpt2_attention.${name}.weight`]!.data
      for (const [out, into] of [
        [0, 0],
        [3, 7],
        [15, 1],
      ] as const)
        expect(theirs.data[into * 48 + part * 16 + out]).toBe(ours[out * 16 + into])
    }
  })

  it('says which tokens end an answer, and keeps the chat template', async () => {
    const { to } = await exported('llama', llama)
    const [end, endOfText] = [tokenizer.special.get('<|im_end|>'), tokenizer.endOfText]
    expect(json(to, 'generation_config.json')).toMatchObject({ eos_token_id: [end, endOfText] })
    expect(json(to, 'config.json')).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_size: 16,
      num_key_value_heads: 2,
      intermediate_size: 48,
      rope_theta: 5000,
      rms_norm_eps: 1e-6,
      max_position_embeddings: 24,
      vocab_size: tokenizer.size,
      eos_token_id: end,
    })
    expect(json(to, 'tokenizer_config.json')).toMatchObject({ chat_template: template.jinja, model_max_length: 24 })
  })

  it('does not go by names: a model that computes something else is written with its code', async () => {
    const model = architecture('llama', sizes)
    const nodes = model.graph.nodes.map((node) =>
      node.op === 'rms_norm' ? { ...node, attributes: { epsilon: 1e-3 } } : node,
    )
    const from = savedWeights({ ...model, graph: { ...model.graph, nodes } as typeof model.graph }, tokenizer)
    const out = newFolder()
    const { notes } = await writeHuggingFace(from, out, standard, 'as they came', async (graph, name) =>
      torchModule(graph, { name }),
    )
    expect(notes).toEqual([expect.stringContaining('load it with `trust_remote_code=True`')])
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
      model_type: 'llmpipe_llama',
      auto_map: { AutoModelForCausalLM: 'modeling_llama.LlamaForCausalLM' },
      vocab_size: tokenizer.size,
    })
    expect(readFileSync(join(out, 'modeling_llama.py'), 'utf8')).toMatch(/eps=0.001\)/)
  })

  it.each([
    [{ model_type: 'mamba' }, 'its model_type is "mamba"'],
    [{ model_type: undefined }, 'it has no model_type'],
    [{ rope_scaling: { rope_type: 'dynamic', factor: 8 } }, 'its rotary positions are scaled ("dynamic")'],
    [{ logit_scale: 0.25 }, 'llmpipe does not know its setting logit_scale, which is 0.25'],
    [{ hidden_size: undefined }, 'its config.json has no number for hidden_size'],
  ])('refuses to read %j', async (config, why) => {
    const { to } = await exported('llama', llama)
    change(to, config)
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message: `config.json describes a model that llmpipe does not support: ${why}`,
    })
  })

  it('says that a config.json which is not JSON has to be got again', async () => {
    const { to } = await exported('llama', llama)
    writeFileSync(join(to, 'config.json'), '<html>Not found</html>')
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'damaged-weights',
      message: expect.stringMatching(/^config\.json is not JSON: /),
      help: expect.stringContaining('Get the file again'),
    })
  })

  it('says what is wrong with the tokenizer before it reads the weights', async () => {
    const { to } = await exported('llama', llama)
    change(to, {}, (all) => delete all['model.layers.1.mlp.up_proj.weight'])
    writeFileSync(join(to, 'tokenizer.json'), '{"model": {"type": "Phonemes", "vocab": []}}')
    await expect(readModel(pathsIn(to), standard)).rejects.toMatchObject({ code: 'unsupported-tokenizer' })
  })

  it('says which tensor is missing, and which has another shape', async () => {
    const { to } = await exported('llama', llama)
    change(to, {}, (all) => delete all['model.layers.1.mlp.up_proj.weight'])
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'damaged-weights',
      message: 'the tensor model.layers.1.mlp.up_proj.weight is missing',
    })
    const other = await exported('gpt2')
    change(other.to, { n_positions: 25 })
    await expect(readBack(other.to)).rejects.toMatchObject({
      message: 'the tensor transformer.wpe.weight is [24, 16], and by config.json [25, 16]',
    })
  })

  it('reads names without their prefix', async () => {
    const { to } = await exported('llama', llama)
    const before = await readBack(to)
    change(to, {}, (all) => rename(all, (name) => name.replace(/^model\./, '')))
    const { parameters, notes } = await readBack(to)
    expect(parameters).toEqual(before.parameters)
    expect(notes).toEqual([])
  })
})

describe('one table that reads and writes tokens', () => {
  const tied = { ...llama, tied: true }

  it('goes out as one and comes in as one', async () => {
    const { from, to } = await exported('llama', tied)
    const { tensors } = readSafetensors(join(to, 'model.safetensors'))
    expect(tensors['lm_head.weight']).toBeUndefined()
    expect(json(to, 'config.json')).toMatchObject({ tie_word_embeddings: true })
    const read = await readBack(to)
    expect(read.model).toEqual(loadWeights(from).model)
    expect(read.model.graph.weights.filter(({ shape }) => shape.includes(tokenizer.size))).toHaveLength(1)
    expect(parameterCount(read.slots)).toBe(Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0))
  })

  it('may be saved twice, or under the name of the head alone', async () => {
    const { to } = await exported('llama', tied)
    const before = await readBack(to)
    change(to, {}, (all) => (all['lm_head.weight'] = all['model.embed_tokens.weight']!))
    expect((await readBack(to)).parameters).toEqual(before.parameters)
    change(to, {}, (all) => delete all['model.embed_tokens.weight'])
    expect((await readBack(to)).parameters).toEqual(before.parameters)
  })

  it('is rejected beside another matrix, because either could be meant', async () => {
    const { to } = await exported('llama', llama)
    change(to, { tie_word_embeddings: true })
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message:
        'config.json says that one table reads and writes tokens (tie_word_embeddings), and lm_head.weight differs from model.embed_tokens.weight',
    })
  })

  it('is two matrices if config.json says so, even if they are equal', async () => {
    const { to } = await exported('llama', tied)
    change(to, { tie_word_embeddings: false }, (all) => (all['lm_head.weight'] = all['model.embed_tokens.weight']!))
    expect((await readBack(to)).slots.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['embeddings.weight', 'head.weight']),
    )
  })
})

describe('a Mistral', () => {
  async function saved(config: object) {
    const { from, to } = await exported('llama', llama)
    change(to, { model_type: 'mistral', architectures: ['MistralForCausalLM'], ...config })
    return { from, to }
  }

  it.each([
    ['without a sliding window', { sliding_window: null }],
    ['whose sliding window is as long as its context', { sliding_window: 24 }],
    ['whose config.json leaves the window at 4096 tokens, more than its context', {}],
  ])('%s is read as the llama that computes the same', async (_, config) => {
    const { from, to } = await saved(config)
    const { model, tensors } = loadWeights(from)
    const read = await readBack(to)
    expect(read.model).toEqual(model)
    for (const { name, start, size } of read.slots)
      expect(read.parameters.subarray(start, start + size)).toEqual(tensors[name]!.data)
  })

  it.each([
    [{ sliding_window: 16 }, 16],
    [{ max_position_embeddings: 32_768 }, 4096],
  ])('with %j is read as the mistral of std.models', async (config, window) => {
    const { to } = await saved(config)
    expect((await readBack(to)).model).toMatchObject({ $name: 'mistral', $arguments: { window } })
  })

  it.each([0, -1, 2.5, '16', true])('with a sliding window of %j is refused', async (sliding_window) => {
    const { to } = await saved({ sliding_window })
    await expect(readBack(to)).rejects.toThrow(`its sliding_window is ${JSON.stringify(sliding_window)}`)
  })

  it('has 8 heads of keys and values where config.json leaves them out, as in transformers', async () => {
    const { to } = await saved({ sliding_window: null, num_key_value_heads: undefined })
    await expect(readBack(to)).rejects.toThrow('num_attention_heads is 4, which its num_key_value_heads of 8')
  })
})
