/** Qwen2 and Qwen2.5 (Yang et al. 2024) in transformers. */

import { configReader } from '../config-reader.ts'
import type { Layout } from '../layout.ts'
import {
  attention,
  configOf,
  decoder,
  feedForward,
  norm,
  scaledRope,
  scalingConfig,
  scalingSizes,
  seesEverything,
  sizesOf,
  tensorsOf,
} from './decoder.ts'

export const qwen2: Layout = {
  ...decoder,
  architecture: 'qwen2',
  modelType: 'qwen2',
  className: 'Qwen2ForCausalLM',
  config: (sizes) => {
    const { attention_bias: _, mlp_bias: __, ...config } = configOf(sizes)
    return { ...config, ...scalingConfig(sizes), use_sliding_window: false }
  },
  read(config) {
    const read = configReader(config)
    const sizes = sizesOf(read, { kv_heads: 32, rope: scaledRope })
    const head_dim = read.count('head_dim', sizes.dim / sizes.heads)
    read.only('hidden_act', 'silu')
    read.only('mlp_bias', false)
    // transformers ignores it: queries, keys and values always have biases.
    read.ignore('attention_bias')
    seesEverything(read, sizes.layers)
    return read.end({ ...sizes, ...scalingSizes(read.rope(scaledRope), sizes.context), head_dim })
  },
  tensors: (sizes) =>
    tensorsOf(sizes, norm('input_layernorm'), attention('qkv'), norm('post_attention_layernorm', 2), feedForward()),
}
