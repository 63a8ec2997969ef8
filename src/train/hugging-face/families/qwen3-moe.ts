/** Qwen3 with experts (Yang et al. 2025) in transformers. */

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
  qkNorm,
  scaledRope,
  scalingConfig,
  scalingSizes,
  seesEverything,
  sizesOf,
  tensorsOf,
} from './decoder.ts'

export const qwen3Moe: Layout = {
  ...decoder,
  architecture: 'qwen3_moe',
  modelType: 'qwen3_moe',
  className: 'Qwen3MoeForCausalLM',
  config: (sizes) => {
    const { mlp_bias: _, ...config } = configOf(sizes)
    return {
      ...config,
      ...scalingConfig(sizes),
      moe_intermediate_size: sizes.hidden!,
      num_experts: sizes.experts!,
      num_experts_per_tok: sizes.top!,
      norm_topk_prob: sizes.normalized === true,
      decoder_sparse_step: 1,
      mlp_only_layers: [],
      use_sliding_window: false,
      ...balanceConfig(sizes),
    }
  },
  read(config) {
    const read = configReader(config)
    const { hidden: _, ...sizes } = sizesOf(read, { kv_heads: 4, rope: scaledRope })
    const head_dim = read.count('head_dim', sizes.dim / sizes.heads)
    // transformers 5 writes the second name.
    const name = 'num_experts' in config ? 'num_experts' : 'num_local_experts'
    const [experts, top] = [read.count(name, 128), read.count('num_experts_per_tok', 8)]
    if ('num_local_experts' in config) read.only('num_local_experts', experts)
    const normalized = read.flag('norm_topk_prob', false)
    read.only('hidden_act', 'silu')
    for (const bias of ['attention_bias', 'mlp_bias']) read.only(bias, false)
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
      hidden: read.count('moe_intermediate_size', 768),
      normalized,
    })
  },
  tensors: (sizes) =>
    tensorsOf(
      sizes,
      norm('input_layernorm'),
      attention(),
      qkNorm,
      norm('post_attention_layernorm', 2),
      mixture(Number(sizes.experts)),
    ),
}
