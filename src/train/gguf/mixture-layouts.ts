/** The mixtures of experts that llmpipe and llama.cpp share. */

import type { JsonObject } from '../../core/values/json.ts'
import { type DescribedFile, type GgufLayout, json } from './layout.ts'
import {
  decoderConfig,
  decoderNames,
  layer,
  noLlama3Scaling,
  normsBefore,
  qkNorms,
  withHeadSize,
  without,
} from './layout-parts.ts'

/** The names of a mixture of experts, whose matrices are one tensor for all experts of a layer. */
const expertNames = [
  ...layer('mlp.gate', 'ffn_gate_inp'),
  ...layer('mlp.experts.gate_proj', 'ffn_gate_exps'),
  ...layer('mlp.experts.up_proj', 'ffn_up_exps'),
  ...layer('mlp.experts.down_proj', 'ffn_down_exps'),
  ...layer('mlp.shared_expert.gate_proj', 'ffn_gate_shexp'),
  ...layer('mlp.shared_expert.up_proj', 'ffn_up_shexp'),
  ...layer('mlp.shared_expert.down_proj', 'ffn_down_shexp'),
  ...layer('mlp.shared_expert_gate', 'ffn_gate_inp_shexp'),
] as const

/** The parts of a layout that mixtures of experts share. `normalized`: whether llama.cpp makes the shares of a token sum to 1. */
function mixtureOf(normalized: boolean) {
  return {
    experts: true,
    config: ({ sizeOf }: DescribedFile) => ({
      moe_intermediate_size: json(sizeOf('expert_feed_forward_length')),
      num_experts: json(sizeOf('expert_count')),
      num_experts_per_tok: json(sizeOf('expert_used_count')),
      norm_topk_prob: normalized,
    }),
    metadata: (config: JsonObject) => ({
      expert_count: ['uint32', Number(config.num_experts)] as const,
      expert_used_count: ['uint32', Number(config.num_experts_per_tok)] as const,
      expert_feed_forward_length: ['uint32', Number(config.moe_intermediate_size)] as const,
    }),
    problem: (config: JsonObject) =>
      config.norm_topk_prob === normalized
        ? noLlama3Scaling(config)
        : `the shares of a token's experts ${normalized ? '' : 'do not '}sum to 1 in llama.cpp (norm_topk_prob)`,
  } as const
}

const [sums, plain] = [mixtureOf(true), mixtureOf(false)]

export const qwen3Moe: GgufLayout = {
  ...sums,
  architecture: 'qwen3moe',
  modelType: 'qwen3_moe',
  names: Object.fromEntries([...decoderNames, ...normsBefore, ...qkNorms, ...expertNames]),
  differences: {},
  config: (file) => ({ ...without(decoderConfig(file), 'mlp_bias'), ...sums.config(file) }),
  metadata: (config) => ({ ...withHeadSize(config), ...sums.metadata(config) }),
}

export const qwen2Moe: GgufLayout = {
  ...plain,
  architecture: 'qwen2moe',
  modelType: 'qwen2_moe',
  names: Object.fromEntries([...decoderNames, ...normsBefore, ...expertNames]),
  differences: { 'model.layers.N.mlp.shared_expert_gate.weight': 'one row' },
  config: (file) => ({
    ...without(decoderConfig(file), 'attention_bias', 'mlp_bias'),
    ...plain.config(file),
    shared_expert_intermediate_size: json(file.sizeOf('expert_shared_feed_forward_length')),
  }),
  metadata: (config) => ({
    ...withHeadSize(config),
    ...plain.metadata(config),
    expert_shared_feed_forward_length: ['uint32', Number(config.shared_expert_intermediate_size)],
  }),
}
