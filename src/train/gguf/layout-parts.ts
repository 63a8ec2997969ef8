/** The parts that the layouts of several architectures of llama.cpp share: names of tensors, sizes, metadata. */

import type { JsonObject } from '../../core/values/json.ts'
import { headName } from '../hugging-face/layout.ts'
import { type DescribedFile, type GgufLayout, json } from './layout.ts'
import { scalingMetadata } from './scaling.ts'

/** A matrix of each layer with its bias, which few models have. */
export const layer = (theirs: string, inGguf: string) =>
  (['weight', 'bias'] as const).map((part) => [`model.layers.N.${theirs}.${part}`, `blk.N.${inGguf}.${part}`] as const)

/** The names that the descendants of Llama share. */
export const decoderNames = [
  ['model.embed_tokens.weight', 'token_embd.weight'],
  ['model.norm.weight', 'output_norm.weight'],
  [headName, 'output.weight'],
  ...layer('self_attn.q_proj', 'attn_q'),
  ...layer('self_attn.k_proj', 'attn_k'),
  ...layer('self_attn.v_proj', 'attn_v'),
  ...layer('self_attn.o_proj', 'attn_output'),
  ...layer('mlp.gate_proj', 'ffn_gate'),
  ...layer('mlp.up_proj', 'ffn_up'),
  ...layer('mlp.down_proj', 'ffn_down'),
] as const

/** The norms before attention and before the feed-forward. */
export const normsBefore = [
  ...layer('input_layernorm', 'attn_norm'),
  ...layer('post_attention_layernorm', 'ffn_norm'),
] as const

/** The norms after them. */
export const normsAfter = [
  ...layer('post_attention_layernorm', 'post_attention_norm'),
  ...layer('post_feedforward_layernorm', 'post_ffw_norm'),
] as const

/** The norms of queries and keys. */
export const qkNorms = [
  ...layer('self_attn.q_norm', 'attn_q_norm'),
  ...layer('self_attn.k_norm', 'attn_k_norm'),
] as const

/** The settings of config.json that the descendants of Llama share. */
export function decoderConfig({ sizeOf, hasTensor }: DescribedFile) {
  return {
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
    attention_bias: hasTensor('blk.0.attn_output.bias'),
    mlp_bias: hasTensor('blk.0.ffn_down.bias'),
  }
}

/** The same without settings that a class of transformers does not have. */
export function without<T extends object, K extends keyof T>(settings: T, ...names: readonly K[]): Omit<T, K> {
  const rest = { ...settings }
  for (const name of names) delete rest[name]
  return rest
}

/** The metadata that the descendants of Llama share. */
export const decoderMetadata: GgufLayout['metadata'] = (config) => ({
  ...scalingMetadata(config),
  context_length: ['uint32', Number(config.max_position_embeddings)],
  embedding_length: ['uint32', Number(config.hidden_size)],
  block_count: ['uint32', Number(config.num_hidden_layers)],
  feed_forward_length: ['uint32', Number(config.intermediate_size)],
  'attention.head_count': ['uint32', Number(config.num_attention_heads)],
  'attention.head_count_kv': ['uint32', Number(config.num_key_value_heads)],
  'attention.layer_norm_rms_epsilon': ['float32', Number(config.rms_norm_eps)],
  'rope.freq_base': ['float32', Number(config.rope_theta)],
})

/** The same with the size of a head, which need not be the width divided by the number of heads. */
export const withHeadSize: GgufLayout['metadata'] = (config) => ({
  ...decoderMetadata(config),
  'attention.key_length': ['uint32', Number(config.head_dim)],
  'attention.value_length': ['uint32', Number(config.head_dim)],
})

/** The size of a head, unless config.json has another. */
export const usualHead = (config: JsonObject) => Number(config.hidden_size) / Number(config.num_attention_heads)
/** The size of a head by a config.json. */
export const headOf = (config: JsonObject) => Number(config.head_dim ?? usualHead(config))

/** The rotations of layers of a kind. */
export function ropeOf(config: JsonObject, kind: 'full_attention' | 'sliding_attention'): JsonObject {
  return (config.rope_parameters as JsonObject)[kind] as JsonObject
}

/** llama.cpp has scaled positions of Llama 3.1 in its llama only: elsewhere it does not read the factors. */
export function noLlama3Scaling(config: JsonObject): string | undefined {
  const scaling = config.rope_scaling as JsonObject | undefined
  return scaling?.rope_type === 'llama3'
    ? 'it scales rotary positions as Llama 3.1 in a llama only (rope_type)'
    : undefined
}
