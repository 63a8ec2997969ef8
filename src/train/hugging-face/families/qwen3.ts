/** Qwen3 (Yang et al. 2025) in transformers. */

import { configReader } from '../config-reader.ts'
import type { Layout } from '../layout.ts'
import {
  attention,
  configOf,
  decoder,
  feedForward,
  norm,
  qkNorm,
  scaledRope,
  scalingConfig,
  scalingSizes,
  seesEverything,
  sizesOf,
  tensorsOf,
} from './decoder.ts'

export const qwen3: Layout = {
  ...decoder,
  architecture: 'qwen3',
  modelType: 'qwen3',
  className: 'Qwen3ForCausalLM',
  config: (sizes) => {
    const { mlp_bias: _, ...config } = configOf(sizes)
    return { ...config, ...scalingConfig(sizes), use_sliding_window: false }
  },
  read(config) {
    const read = configReader(config)
    const sizes = sizesOf(read, { kv_heads: 32, rope: scaledRope })
    const head_dim = read.count('head_dim', 128)
    read.only('hidden_act', 'silu')
    for (const bias of ['attention_bias', 'mlp_bias']) read.only(bias, false)
    seesEverything(read, sizes.layers)
    return read.end({ ...sizes, ...scalingSizes(read.rope(scaledRope), sizes.context), head_dim })
  },
  tensors: (sizes) =>
    tensorsOf(sizes, norm('input_layernorm'), attention(), qkNorm, norm('post_attention_layernorm', 2), feedForward()),
}
