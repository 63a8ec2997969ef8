/** Weights to and from the layout of Hugging Face's transformers; test/torch/hugging-face.test.ts asks transformers itself. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import type { Architecture } from '../../src/train/hugging-face/layouts.ts'
import { readHuggingFace } from '../../src/train/hugging-face/read.ts'
import { writeHuggingFace } from '../../src/train/hugging-face/write.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../src/train/safetensors.ts'
import { loadWeights } from '../../src/train/weights.ts'
import { stdTemplate } from '../chat/stdlib.ts'
import { architecture } from '../model/architecture.ts'
import { newFolder, savedWeights } from './saved.ts'

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
      message: '`llama` is an architecture of its own: transformers has no class that computes the same',
    })
  })

  it.each([
    [{ model_type: 'mamba' }, 'its model_type is "mamba"'],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'its rotary positions are scaled ("llama3")'],
    [{ attention_bias: true }, 'its attention_bias is true, where ours has false'],
    [{ head_dim: 7 }, 'its head_dim is 7, where ours has 4'],
    [{ hidden_size: undefined }, 'its config.json has no number hidden_size'],
  ])('refuses to read %j', async (config, why) => {
    const { to } = await exported('llama', llama)
    change(to, config)
    await expect(readBack(to)).rejects.toMatchObject({
      code: 'unsupported-weights',
      message: `config.json describes a model that llmpipe cannot be: ${why}`,
    })
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

  it('reads names without their prefix, and one table for reading and writing', async () => {
    const { to } = await exported('llama', llama)
    const before = readSafetensors(join(to, 'model.safetensors')).tensors
    change(to, { tie_word_embeddings: true }, (all) => {
      delete all['lm_head.weight']
      for (const name of Object.keys(all)) {
        all[name.replace(/^model\./, '')] = all[name]!
        delete all[name]
      }
    })
    const { slots, parameters, notes } = await readBack(to)
    const { start, size } = slots.find(({ name }) => name === 'head.weight')!
    expect(parameters.subarray(start, start + size)).toEqual(before['model.embed_tokens.weight']!.data)
    expect(notes).toHaveLength(1)
  })
})
