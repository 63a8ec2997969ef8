/** Llama (Touvron et al. 2023) in transformers. */

import { type ConfigReader, configReader } from '../config-reader.ts'
import type { Layout, ReadSizes, Refusal } from '../layout.ts'
import {
  attention,
  configOf,
  type Defaults,
  decoder,
  feedForward,
  headsFillTheWidth,
  norm,
  sizesOf,
  tensorsOf,
} from './decoder.ts'

export const llama: Layout = {
  ...decoder,
  architecture: 'llama',
  modelType: 'llama',
  className: 'LlamaForCausalLM',
  config: (sizes) => ({
    ...configOf(sizes),
    attention_bias: sizes.attention_bias === true,
    mlp_bias: sizes.mlp_bias === true,
  }),
  read: (config) => readLlama(configReader(config)),
  tensors: (sizes) =>
    tensorsOf(
      sizes,
      norm('input_layernorm'),
      attention(sizes.attention_bias ? 'qkvo' : ''),
      norm('post_attention_layernorm', 2),
      feedForward('swiglu', sizes.mlp_bias === true),
    ),
}

/** The sizes of a config.json of a Llama. */
export function readLlama(read: ConfigReader, defaults?: Defaults): ReadSizes | Refusal {
  const sizes = sizesOf(read, defaults)
  read.only('hidden_act', 'silu')
  headsFillTheWidth(read, sizes)
  read.ignore('pretraining_tp', 'is_llama_config')
  read.only('rope_interleaved', false)
  return read.end({
    ...sizes,
    ...(read.flag('attention_bias', false) ? { attention_bias: true } : {}),
    ...(read.flag('mlp_bias', false) ? { mlp_bias: true } : {}),
  })
}
