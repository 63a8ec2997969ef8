/** OLMo 2 (OLMo et al. 2024) in transformers. */

import { configReader } from '../config-reader.ts'
import type { Layout } from '../layout.ts'
import {
  attention,
  configOf,
  decoder,
  feedForward,
  headsFillTheWidth,
  norm,
  qkNorm,
  sizesOf,
  tensorsOf,
} from './decoder.ts'

export const olmo2: Layout = {
  ...decoder,
  architecture: 'olmo2',
  modelType: 'olmo2',
  className: 'Olmo2ForCausalLM',
  config: (sizes) => {
    const { mlp_bias: _, head_dim: __, ...config } = configOf(sizes)
    return config
  },
  read(config) {
    const read = configReader(config)
    const sizes = sizesOf(read, { epsilon: 1e-5 })
    headsFillTheWidth(read, sizes)
    read.only('hidden_act', 'silu')
    for (const bias of ['attention_bias', 'mlp_bias']) read.only(bias, false)
    return read.end(sizes)
  },
  tensors: (sizes) =>
    tensorsOf(
      sizes,
      attention(),
      qkNorm,
      norm('post_attention_layernorm'),
      feedForward(),
      norm('post_feedforward_layernorm', 2),
    ),
}
