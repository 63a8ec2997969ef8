/** Llama 3.1, 3.2 and 3.3 (Llama Team 2024) in transformers: Llamas with scaled rotary positions. */

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

export const llama3: Layout = {
  ...decoder,
  architecture: 'llama3',
  modelType: 'llama',
  className: 'LlamaForCausalLM',
  config: (sizes) => ({ ...configOf(sizes), ...scalingConfig(sizes) }),
  read(config) {
    const read = configReader(config)
    const sizes = sizesOf(read, { rope: scaledRope })
    const head_dim = read.count('head_dim', sizes.dim / sizes.heads)
    for (const bias of ['attention_bias', 'mlp_bias']) read.only(bias, false)
    read.only('hidden_act', 'silu')
    read.only('rope_interleaved', false)
    read.ignore('pretraining_tp', 'is_llama_config')
    const { low = 1, high = 4, ...scaling } = scalingSizes(read.rope(scaledRope), sizes.context)
    return read.end({ ...sizes, head_dim, ...scaling, low, high })
  },
  tensors: (sizes) =>
    tensorsOf(sizes, norm('input_layernorm'), attention(), norm('post_attention_layernorm', 2), feedForward()),
}
