/** Mistral (Jiang et al. 2023) in transformers. */

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
  sizesOf,
  tensorsOf,
} from './decoder.ts'
import { llama, readLlama } from './llama.ts'

const shared = { modelType: 'mistral', className: 'MistralForCausalLM' } as const

/** A Mistral without a window, or whose context fits into it, computes the same as a Llama. */
export const mistralAsLlama: Layout = {
  ...llama,
  ...shared,
  read(config) {
    const read = configReader(config)
    const window = config.sliding_window === null ? Number.POSITIVE_INFINITY : read.count('sliding_window', 4096)
    if (Number(config.max_position_embeddings) > window)
      return { refused: `its attention sees only the last ${window} tokens` }
    return readLlama(read, { kv_heads: 8 })
  },
}

/** Any other Mistral. */
export const mistral: Layout = {
  ...decoder,
  ...shared,
  architecture: 'mistral',
  config: (sizes) => {
    const { attention_bias: _, mlp_bias: __, ...config } = configOf(sizes)
    return { ...config, ...scalingConfig(sizes), sliding_window: sizes.window === 0 ? null : sizes.window! }
  },
  read(config) {
    const read = configReader(config)
    const sizes = sizesOf(read, { kv_heads: 8, rope: scaledRope })
    const head_dim = read.count('head_dim', sizes.dim / sizes.heads)
    const window = config.sliding_window === null ? 0 : read.count('sliding_window', 4096)
    for (const bias of ['attention_bias', 'mlp_bias']) read.only(bias, false)
    read.only('hidden_act', 'silu')
    return read.end({ ...sizes, ...scalingSizes(read.rope(scaledRope), sizes.context), head_dim, window })
  },
  tensors: (sizes) =>
    tensorsOf(sizes, norm('input_layernorm'), attention(), norm('post_attention_layernorm', 2), feedForward()),
}
