/** Qwen2 with experts (Yang et al. 2024) in transformers: Qwen1.5-MoE, Qwen2-57B-A14B. */

import { configReader } from '../config-reader.ts'
import type { Layout } from '../layout.ts'
import {
  attention,
  balanceConfig,
  balanceOf,
  configOf,
  decoder,
  mixture,
  norm,
  scaledRope,
  scalingConfig,
  scalingSizes,
  seesEverything,
  sharedExpert,
  sizesOf,
  tensorsOf,
} from './decoder.ts'

export const qwen2Moe: Layout = {
  ...decoder,
  architecture: 'qwen2_moe',
  modelType: 'qwen2_moe',
  className: 'Qwen2MoeForCausalLM',
  config: (sizes) => {
    const { attention_bias: _, mlp_bias: __, ...config } = configOf(sizes)
    return {
      ...config,
      ...scalingConfig(sizes),
      moe_intermediate_size: sizes.hidden!,
      shared_expert_intermediate_size: sizes.shared!,
      num_experts: sizes.experts!,
      num_experts_per_tok: sizes.top!,
      norm_topk_prob: sizes.normalized === true,
      decoder_sparse_step: 1,
      mlp_only_layers: [],
      qkv_bias: true,
      use_sliding_window: false,
      ...balanceConfig(sizes),
    }
  },
  read(config) {
    const read = configReader(config)
    const { hidden: _, ...sizes } = sizesOf(read, { kv_heads: 16, rope: scaledRope })
    const head_dim = read.count('head_dim', sizes.dim / sizes.heads)
    const [experts, top] = [read.count('num_experts', 60), read.count('num_experts_per_tok', 4)]
    const normalized = read.flag('norm_topk_prob', false)
    read.only('hidden_act', 'silu')
    read.only('mlp_bias', false)
    read.only('qkv_bias', true)
    read.only('decoder_sparse_step', 1)
    read.list('mlp_only_layers', [])
    seesEverything(read, sizes.layers)
    return read.end({
      ...sizes,
      ...scalingSizes(read.rope(scaledRope), sizes.context),
      ...balanceOf(read),
      head_dim,
      experts,
      top,
      shared: read.count('shared_expert_intermediate_size', 5632),
      hidden: read.count('moe_intermediate_size', 1408),
      normalized,
    })
  },
  tensors: (sizes) =>
    tensorsOf(
      sizes,
      norm('input_layernorm'),
      attention('qkv'),
      norm('post_attention_layernorm', 2),
      mixture(Number(sizes.experts)),
      sharedExpert,
    ),
}
