/** Folders of transformers with tensors, numbers and ids that do not fit: what is ignored, and what is refused. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pathsIn } from '../../../src/train/hugging-face/folder-files.ts'
import { readModel } from '../../../src/train/weights/model-folder.ts'
import { addBuffers, change, exported, json, llama, readBack, rename, standard, tokenizer } from './hugging-face-rig.ts'

describe('tensors without a place', () => {
  const some = (shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) })

  it.each([
    [
      'biases that config.json does not mention',
      { 'model.layers.0.self_attn.q_proj.bias': some([16]) },
      'the llama of std.models has no place for the tensor model.layers.0.self_attn.q_proj.bias: config.json does not mention such tensors',
    ],
    [
      'an adapter that is not merged',
      {
        'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight': some([2, 16]),
        'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight': some([16, 2]),
      },
      'part of an adapter that is not merged',
    ],
    ['a head that classifies', { 'score.weight': some([2, 16]) }, 'part of a head that scores or classifies'],
    ['a head of values', { 'v_head.summary.weight': some([1, 16]) }, 'part of a head that scores or classifies'],
    ['another layer', { 'model.layers.2.mlp.up_proj.weight': some([48, 16]) }, 'model.layers.2.mlp.up_proj.weight'],
    ['another model', { 'model.vision.weight': some([4]), a: some([1]), b: some([1]), c: some([1]) }, 'and 1 more'],
  ])('%s are refused', async (_, more, why) => {
    const { to } = await exported('llama', llama)
    change(to, {}, (all) => Object.assign(all, more))
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message: expect.stringContaining(why),
    })
  })

  it('masks and tables that follow from config.json are ignored with a warning, whatever their type', async () => {
    const { to } = await exported('gpt2')
    const before = await readBack(to)
    const path = join(to, 'model.safetensors')
    change(to, {}, (all) => rename(all, (name) => name.replace(/^transformer\./, '')))
    addBuffers(path, {
      'h.0.attn.bias': { dtype: 'BOOL', shape: [1, 1, 24, 24] },
      'h.1.attn.bias': { dtype: 'U8', shape: [1, 1, 24, 24] },
      'h.0.attn.masked_bias': { dtype: 'F32', shape: [] },
      'h.1.attn.masked_bias': { dtype: 'I64', shape: [1] },
    })
    const read = await readBack(to)
    expect(read.parameters).toEqual(before.parameters)
    expect(read.notes).toEqual(['4 tensors that follow from config.json were left out: h.0.attn.bias and its like'])
  })

  it.each(['_orig_mod.', 'module.', 'base_model.model.', 'module._orig_mod.'])(
    'names may begin with %s',
    async (wrapper) => {
      const { to } = await exported('llama', llama)
      const before = await readBack(to)
      change(to, {}, (all) => rename(all, (name) => `${wrapper}${name}`))
      const read = await readBack(to)
      expect(read.parameters).toEqual(before.parameters)
      expect(read.notes[0]).toMatch(/^21 tensors are named without their `/)
    },
  )

  it('a body without its head is distinguished from a corrupt file', async () => {
    const { to } = await exported('llama', llama)
    change(to, { architectures: ['LlamaModel'] }, (all) => delete all['lm_head.weight'])
    await expect(readBack(to)).rejects.toMatchObject({
      message: 'the tensor lm_head.weight is missing: the folder holds a LlamaModel, which does not write tokens',
      help: 'Save the model as AutoModelForCausalLM.',
    })
  })
})

describe('numbers that cannot be', () => {
  it.each([NaN, Infinity, -Infinity])('%d among the weights is refused', async (number) => {
    const { to } = await exported('llama', llama)
    change(to, {}, (all) => {
      all['model.layers.1.mlp.up_proj.weight']!.data[7] = number
    })
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'damaged-weights',
      message: `the tensor model.layers.1.mlp.up_proj.weight holds ${number} (number 7 of 768)`,
    })
  })

  it.each([
    ...[0, -1e-5, '1e-5', null, true, [1]].map((eps) => [{ rms_norm_eps: eps }, 'rms_norm_eps'] as const),
    ...[0, -1, '10000', false, {}, null].map((base) => [{ rope_theta: base }, 'rope_theta'] as const),
    ...[0, -16, 16.5, '16', 1e20, [16], null].map((size) => [{ hidden_size: size }, 'hidden_size'] as const),
    ...[0, -1, 3, 2.5, '2', true].map((n) => [{ num_attention_heads: n }, 'hidden_size|num_attention_heads'] as const),
    ...[0, 3, -2, 1.5].map((n) => [{ num_key_value_heads: n }, 'num_key_value_heads'] as const),
    ...[0, -1, 1.5, '2', null].map((n) => [{ num_hidden_layers: n }, 'num_hidden_layers'] as const),
    [{ num_hidden_layers: 1e9 }, '1000000000 layers, and the files hold 21 tensors'],
    ...[0, -48, '48'].map((n) => [{ intermediate_size: n }, 'intermediate_size'] as const),
    ...[0, -1, 1.5, null, '24'].map((n) => [{ max_position_embeddings: n }, 'max_position_embeddings'] as const),
    ...[0, -1, 1.5, null, '261'].map((n) => [{ vocab_size: n }, 'vocab_size'] as const),
    [{ vocab_size: 10 }, 'model.embed_tokens.weight is'],
    [{ hidden_size: 32, head_dim: null }, 'is \\['],
    [{ intermediate_size: 2 ** 50 }, 'is \\['],
    [{ tie_word_embeddings: 'true' }, 'tie_word_embeddings is "true", which is neither true nor false'],
    [{ tie_word_embeddings: 1 }, 'tie_word_embeddings is 1'],
    [{ attention_bias: 'false' }, 'attention_bias'],
    [{ hidden_act: 'gelu' }, 'hidden_act'],
    [{ rope_parameters: { rope_type: 'default', rope_theta: 0 } }, 'rope_parameters.rope_theta is 0'],
    [{ rope_parameters: { rope_theta: 1e6 } }, 'rope_theta is 5000, and its rope_parameters.rope_theta is 1000000'],
    [{ rope_parameters: 7 }, 'rope_parameters is 7'],
    [{ rope_scaling: { type: 'dynamic', factor: 2 }, rope_parameters: { rope_theta: 5000 } }, 'scaled \\("dynamic"\\)'],
    [{ rope_parameters: { rope_theta: 5000, partial_rotary_factor: 0.5 } }, 'partial_rotary_factor is 0.5'],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor is 0.5'],
    [{ quantization_config: { bits: 4 } }, 'its weights are quantized'],
  ] as const)('config.json with %j is refused', async (config, why) => {
    const { to } = await exported('llama', llama)
    change(to, config)
    await expect(readBack(to)).rejects.toThrow(new RegExp(why))
    await expect(readBack(to)).rejects.toMatchObject({ code: expect.stringMatching(/^(unsupported|damaged)-weights$/) })
  })

  it.each([
    ['qwen2', { use_sliding_window: true }, 'its use_sliding_window is true'],
    ['qwen2', { layer_types: ['full_attention', 'sliding_attention'] }, 'its layer_types is'],
    ['qwen2', { hidden_act: 'relu' }, 'its hidden_act is "relu"'],
    ['qwen3', { attention_bias: true }, 'its attention_bias is true'],
    ['qwen3', { head_dim: 0 }, 'its head_dim is 0'],
    ['llama', { rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'original_max_position_embeddings is null'],
    ['llama', { rope_scaling: { rope_type: 'yarn', factor: 0 } }, 'its rope_scaling.factor is 0'],
    [
      'llama',
      { rope_scaling: { rope_type: 'yarn', factor: 4, mscale: 1 } },
      'does not know its setting rope_scaling.mscale',
    ],
    ['llama', { rope_scaling: { rope_type: 'yarn', factor: 4, beta_fast: 16 } }, 'its rope_scaling.beta_fast is 16'],
    ['smollm3', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'its rotary positions are scaled ("yarn")'],
    ['smollm3', { no_rope_layers: [0, 1] }, 'its no_rope_layers is [0,1]'],
    ['smollm3', { use_sliding_window: true }, 'its use_sliding_window is true'],
    ['gemma2', { hidden_activation: 'gelu' }, 'its hidden_activation is "gelu"'],
    ['gemma2', { attn_logit_softcapping: -1 }, 'its attn_logit_softcapping is -1'],
    ['gemma3', { final_logit_softcapping: 30 }, 'its final_logit_softcapping is 30'],
    ['gemma3', { layer_types: ['full_attention', 'sliding_attention'] }, 'its layer_types is'],
    ['gemma3', { tie_word_embeddings: false }, 'its tie_word_embeddings is false'],
    ['olmo2', { head_dim: 5 }, 'its head_dim is 5'],
    ['olmo2', { clip_qkv: 8 }, 'llmpipe does not know its setting clip_qkv, which is 8'],
    ['llama', { rope_interleaved: true }, 'its rope_interleaved is true'],
    ['llama', { is_encoder_decoder: true }, 'its is_encoder_decoder is true'],
    [
      'llama',
      { auto_map: { AutoModelForCausalLM: 'modeling_mine.Mine' } },
      'llmpipe does not know its setting auto_map',
    ],
  ])('a %s with %j is refused', async (name, config, why) => {
    const { to } = await exported(name)
    change(to, config)
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message: expect.stringContaining(why),
    })
  })

  it('settings that do not change what a model computes are read over, and rates of dropout reported', async () => {
    const { to } = await exported('qwen3')
    const neutral = { use_cache: false, _attn_implementation: 'sdpa', unsloth_version: '1', max_window_layers: 70 }
    change(to, { ...neutral, sliding_window: null, foo: null, attention_dropout: 0.1 })
    expect((await readBack(to)).notes).toEqual(['config.json has attention_dropout 0.1: llmpipe trains without it'])
  })

  it.each([
    [{ n_positions: null }, 'its config.json has no number for n_positions'],
    [{ n_head: 3 }, 'its n_embd is 16, which its n_head of 3 does not divide'],
    [{ n_layer: -1 }, 'its n_layer is -1, which is not a whole number of 1 or more'],
    [{ layer_norm_epsilon: 0 }, 'its layer_norm_epsilon is 0'],
    [{ add_cross_attention: true }, 'its add_cross_attention is true'],
    [{ tie_word_embeddings: false }, 'its tie_word_embeddings is false'],
  ])('a GPT-2 with %j is refused', async (config, why) => {
    const { to } = await exported('gpt2')
    change(to, config)
    await expect(readBack(to)).rejects.toThrow(why)
  })

  it.each(['[]', 'null', '7', '{'])('config.json of %s is refused', async (text) => {
    const { to } = await exported('llama', llama)
    writeFileSync(join(to, 'config.json'), text)
    await expect(readBack(to)).rejects.toMatchObject({ code: 'damaged-weights' })
  })
})

describe('ids of special tokens', () => {
  const last = tokenizer.size - 1

  it.each([
    ['config.json', { eos_token_id: last + 1 }],
    ['config.json', { bos_token_id: 128_000 }],
    ['config.json', { pad_token_id: -2 }],
    ['config.json', { eos_token_id: '2' }],
    ['generation_config.json', { eos_token_id: [0, last + 7] }],
    ['generation_config.json', { eos_token_id: 1.5 }],
  ])('in %s, %j is refused', async (file, ids) => {
    const { to } = await exported('llama', llama)
    writeFileSync(join(to, file), JSON.stringify({ ...json(to, file), ...ids }))
    const [[name, value]] = Object.entries(ids) as [[string, unknown]]
    await expect(readModel(pathsIn(to), standard)).rejects.toMatchObject({
      code: 'damaged-weights',
      message: `the ${name} of ${file} is ${JSON.stringify(value)}, and the vocabulary has the ids 0 to ${last}`,
    })
  })

  it('are ignored with a warning if they are the default of GPT2Config in transformers', async () => {
    const { to } = await exported('gpt2')
    writeFileSync(join(to, 'generation_config.json'), '{"eos_token_id": 50256}')
    change(to, { eos_token_id: 50_256 })
    const range = `the vocabulary has the ids 0 to ${last}`
    expect((await readModel(pathsIn(to), standard)).notes).toEqual([
      `the eos_token_id of config.json is 50256, the default of transformers, and ${range}: it is ignored`,
      `the eos_token_id of generation_config.json is 50256, the default of transformers, and ${range}: it is ignored`,
    ])
    change(to, { eos_token_id: 50_257 })
    await expect(readModel(pathsIn(to), standard)).rejects.toMatchObject({ code: 'damaged-weights' })
  })

  it('may be absent, null or −1', async () => {
    const { to } = await exported('llama', llama)
    change(to, { bos_token_id: undefined, eos_token_id: null, pad_token_id: -1 })
    expect((await readModel(pathsIn(to), standard)).vocab).toBe(tokenizer.size)
  })
})
