/** Weights to and from the layout of Hugging Face's transformers; test/torch/hugging-face.test.ts asks transformers itself. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { pathsIn } from '../../../src/train/hugging-face/folder-files.ts'
import type { Architecture } from '../../../src/train/hugging-face/layouts.ts'
import { readHuggingFace } from '../../../src/train/hugging-face/read.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { readModel } from '../../../src/train/weights/model-folder.ts'
import { parameterCount } from '../../../src/train/weights/parameters.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../../src/train/weights/safetensors.ts'
import { loadWeights } from '../../../src/train/weights/weights.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { newFolder, savedWeights } from '../saved.ts'

const template = stdTemplate('chatml')
const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', template.tokens))
const standard: Architecture = async (name, sizes) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
const sizes = { vocab: tokenizer.size, dim: 16, layers: 2, heads: 4, context: 24 }
const json = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
const llama = { kv_heads: 2, hidden: 48, rope_base: 5000, epsilon: 1e-6 }

async function exported(name: string, more: Readonly<Record<string, number | boolean>> = {}) {
  const from = savedWeights(architecture(name, { ...sizes, ...more }), tokenizer, { template })
  const to = newFolder()
  await writeHuggingFace(from, to, standard)
  return { from, to }
}

const readBack = (folder: string) =>
  readHuggingFace(join(folder, 'config.json'), [join(folder, 'model.safetensors')], standard)

/** Writes one of its JSON files or tensors anew. */
function change(folder: string, config: object, tensors?: (all: Record<string, StoredTensor>) => void) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...json(folder, 'config.json'), ...config }))
  const path = join(folder, 'model.safetensors')
  const all = { ...readSafetensors(path).tensors }
  tensors?.(all)
  writeSafetensors(path, all)
}

describe('hf', () => {
  it.each([
    ['llama', llama],
    ['gpt2', {}],
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

  it('does not go by names: a model that computes something else is refused', async () => {
    const model = architecture('llama', sizes)
    const nodes = model.graph.nodes.map((node) =>
      node.op === 'rms_norm' ? { ...node, attributes: { epsilon: 1e-3 } } : node,
    )
    const from = savedWeights({ ...model, graph: { ...model.graph, nodes } as typeof model.graph }, tokenizer)
    await expect(writeHuggingFace(from, newFolder(), standard)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message: 'No class of transformers computes the same as `llama`',
    })
  })

  it.each([
    [{ model_type: 'mamba' }, 'its model_type is "mamba"'],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'its rotary positions are scaled ("llama3")'],
    [{ attention_bias: true }, 'its attention_bias is true; llmpipe supports only false'],
    [{ head_dim: 7 }, 'its head_dim is 7; llmpipe supports only 4'],
    [{ hidden_size: undefined }, 'its config.json has no number for hidden_size'],
  ])('refuses to read %j', async (config, why) => {
    const { to } = await exported('llama', llama)
    change(to, config)
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message: `config.json describes a model that llmpipe does not support: ${why}`,
    })
  })

  it('says what is wrong with the tokenizer before it reads the weights', async () => {
    const { to } = await exported('llama', llama)
    change(to, {}, (all) => delete all['model.layers.1.mlp.up_proj.weight'])
    writeFileSync(join(to, 'tokenizer.json'), '{"model": {"type": "Unigram", "vocab": []}}')
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

/** Gives tensors other names, in the order that they have. */
function rename(all: Record<string, StoredTensor>, to: (name: string) => string): void {
  for (const [name, tensor] of Object.entries(all)) {
    delete all[name]
    all[to(name)] = tensor
  }
}

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

/** Puts tensors of zeros of any type before the others of a file. */
function addBuffers(
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
    [{ rope_scaling: { type: 'linear', factor: 2 }, rope_parameters: { rope_theta: 5000 } }, 'scaled \\("linear"\\)'],
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
    [{ sliding_window: 16 }, 16, 24],
    [{ max_position_embeddings: 32_768 }, 4096, 32_768],
  ])('with %j is refused with the reason and a way out', async (config, window, context) => {
    const { to } = await saved(config)
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message: `config.json describes a model that llmpipe does not support: its attention sees only the last ${window} tokens (sliding_window), where that of a llama sees all ${context} of its context`,
      help: `Within ${window} tokens both compute the same: set "max_position_embeddings" to ${window} in config.json to use it for texts up to that length.`,
    })
  })

  it('has 8 heads of keys and values where config.json leaves them out, as in transformers', async () => {
    const { to } = await saved({ sliding_window: null, num_key_value_heads: undefined })
    await expect(readBack(to)).rejects.toThrow('num_attention_heads is 4, which its num_key_value_heads of 8')
  })
})
