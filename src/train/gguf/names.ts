/** Names of tensors and sizes in GGUF for the architectures that llmpipe and llama.cpp share. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { GgufValue } from '../../text/gguf/value.ts'
import { headName } from '../hugging-face/layouts.ts'
import type { StoredTensor } from '../weights/safetensors.ts'

/** The way in which the rows of a tensor differ from those of transformers. */
export type Difference = 'transposed' | 'query rows' | 'key rows'

export interface GgufLayout {
  /** `general.architecture`, which is also the prefix of the names of sizes. */
  readonly architecture: string
  /** The `model_type` of config.json. */
  readonly modelType: string
  /** The names of tensors by those of transformers; `N` stands for the number of a layer. */
  readonly names: Readonly<Record<string, string>>
  readonly differences: Readonly<Record<string, Difference>>
  /** The settings of config.json for the metadata of a file; `sizeOf` gives a size by its name without the prefix. */
  config(sizeOf: (name: string) => GgufValue | undefined): Record<string, Json | undefined>
  /** The metadata for a config.json. */
  metadata(config: JsonObject): Readonly<Record<string, readonly ['uint32' | 'float32', number]>>
}

const llamaLayer = (ours: string, theirs: string) =>
  [`model.layers.N.${ours}.weight`, `blk.N.${theirs}.weight`] as const

const llama: GgufLayout = {
  architecture: 'llama',
  modelType: 'llama',
  names: Object.fromEntries([
    ['model.embed_tokens.weight', 'token_embd.weight'],
    ['model.norm.weight', 'output_norm.weight'],
    [headName, 'output.weight'],
    llamaLayer('input_layernorm', 'attn_norm'),
    llamaLayer('self_attn.q_proj', 'attn_q'),
    llamaLayer('self_attn.k_proj', 'attn_k'),
    llamaLayer('self_attn.v_proj', 'attn_v'),
    llamaLayer('self_attn.o_proj', 'attn_output'),
    llamaLayer('post_attention_layernorm', 'ffn_norm'),
    llamaLayer('mlp.gate_proj', 'ffn_gate'),
    llamaLayer('mlp.up_proj', 'ffn_up'),
    llamaLayer('mlp.down_proj', 'ffn_down'),
  ]),
  // llama.cpp rotates neighbors, and transformers the halves of a head.
  differences: {
    'model.layers.N.self_attn.q_proj.weight': 'query rows',
    'model.layers.N.self_attn.k_proj.weight': 'key rows',
  },
  config: (sizeOf) => ({
    hidden_size: json(sizeOf('embedding_length')),
    num_hidden_layers: json(sizeOf('block_count')),
    num_attention_heads: json(sizeOf('attention.head_count')),
    num_key_value_heads: json(sizeOf('attention.head_count_kv')),
    head_dim: json(sizeOf('attention.key_length') ?? sizeOf('rope.dimension_count')),
    intermediate_size: json(sizeOf('feed_forward_length')),
    max_position_embeddings: json(sizeOf('context_length')),
    rms_norm_eps: json(sizeOf('attention.layer_norm_rms_epsilon')),
    rope_theta: json(sizeOf('rope.freq_base')) ?? 10_000,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
  }),
  metadata: (config) => ({
    context_length: ['uint32', Number(config.max_position_embeddings)],
    embedding_length: ['uint32', Number(config.hidden_size)],
    block_count: ['uint32', Number(config.num_hidden_layers)],
    feed_forward_length: ['uint32', Number(config.intermediate_size)],
    'attention.head_count': ['uint32', Number(config.num_attention_heads)],
    'attention.head_count_kv': ['uint32', Number(config.num_key_value_heads)],
    'attention.layer_norm_rms_epsilon': ['float32', Number(config.rms_norm_eps)],
    'rope.freq_base': ['float32', Number(config.rope_theta)],
    'rope.dimension_count': ['uint32', Number(config.hidden_size) / Number(config.num_attention_heads)],
  }),
}

const gpt2Layer = (ours: string, theirs: string) =>
  (['weight', 'bias'] as const).map((part) => [`transformer.h.N.${ours}.${part}`, `blk.N.${theirs}.${part}`] as const)

const gpt2: GgufLayout = {
  architecture: 'gpt2',
  modelType: 'gpt2',
  names: Object.fromEntries([
    ['transformer.wte.weight', 'token_embd.weight'],
    ['transformer.wpe.weight', 'position_embd.weight'],
    ['transformer.ln_f.weight', 'output_norm.weight'],
    ['transformer.ln_f.bias', 'output_norm.bias'],
    [headName, 'output.weight'],
    ...gpt2Layer('ln_1', 'attn_norm'),
    ...gpt2Layer('attn.c_attn', 'attn_qkv'),
    ...gpt2Layer('attn.c_proj', 'attn_output'),
    ...gpt2Layer('ln_2', 'ffn_norm'),
    ...gpt2Layer('mlp.c_fc', 'ffn_up'),
    ...gpt2Layer('mlp.c_proj', 'ffn_down'),
  ]),
  differences: Object.fromEntries(
    ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'].map((name) => [
      `transformer.h.N.${name}.weight`,
      'transposed' as const,
    ]),
  ),
  config: (sizeOf) => ({
    n_embd: json(sizeOf('embedding_length')),
    n_layer: json(sizeOf('block_count')),
    n_head: json(sizeOf('attention.head_count')),
    n_positions: json(sizeOf('context_length')),
    n_ctx: json(sizeOf('context_length')),
    n_inner: json(sizeOf('feed_forward_length')),
    layer_norm_epsilon: json(sizeOf('attention.layer_norm_epsilon')),
    activation_function: 'gelu_new',
  }),
  metadata: (config) => ({
    context_length: ['uint32', Number(config.n_positions)],
    embedding_length: ['uint32', Number(config.n_embd)],
    block_count: ['uint32', Number(config.n_layer)],
    feed_forward_length: ['uint32', 4 * Number(config.n_embd)],
    'attention.head_count': ['uint32', Number(config.n_head)],
    'attention.layer_norm_epsilon': ['float32', Number(config.layer_norm_epsilon)],
  }),
}

/** All layouts, in the order in which one is chosen. */
export const ggufLayouts: readonly GgufLayout[] = [llama, gpt2]

/** The layout in which a `model_type` is written; Mistral is a Llama there. */
export function layoutFor(modelType: string): GgufLayout | undefined {
  return ggufLayouts.find((each) => each.modelType === (modelType === 'mistral' ? 'llama' : modelType))
}

/** A number or list of numbers as JSON; float32 numbers with as few digits as identify them. */
function json(value: GgufValue | undefined): Json | undefined {
  if (typeof value === 'number') return shortest(value)
  return value instanceof Float64Array ? [...value] : (value as Json | undefined)
}

/** The number with the fewest digits that is the same float32: 1e-5 for 9.999999747378752e-6. */
function shortest(number: number): number {
  if (Number.isInteger(number) || Math.fround(number) !== number) return number
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits))
    if (Math.fround(short) === number) return short
  }
  return number
}

/** The name in GGUF of a tensor of transformers, and its difference; `undefined` if GGUF has no such tensor. */
export function ggufName(
  { names, differences }: GgufLayout,
  theirs: string,
): { readonly name: string; readonly difference: Difference | undefined } | undefined {
  const number = /\.(\d+)\./.exec(theirs)?.[1]
  const general = number === undefined ? theirs : theirs.replace(/\.\d+\./, '.N.')
  const name = Object.hasOwn(names, general) ? names[general] : undefined
  if (name === undefined) return undefined
  return { name: number === undefined ? name : name.replace('.N.', `.${number}.`), difference: differences[general] }
}

/**
 * The rows of queries or keys in the order of llama.cpp: within a head, the two halves alternate. With `back`, in the order of
 * transformers.
 */
export function interleaved({ shape, data }: StoredTensor, heads: number, back: boolean): StoredTensor {
  const [rows = 0, columns = 0] = shape
  const half = rows / heads / 2
  const out = new Float32Array(data.length)
  for (let head = 0; head < heads; head++)
    for (let part = 0; part < 2; part++)
      for (let i = 0; i < half; i++) {
        const apart = (2 * head + part) * half + i
        const beside = 2 * (head * half + i) + part
        const [from, to] = back ? [beside, apart] : [apart, beside]
        out.set(data.subarray(from * columns, (from + 1) * columns), to * columns)
      }
  return { shape, data: out }
}
