/** Gemma 2 (Gemma Team 2024) and Gemma 3 (Gemma Team 2025) in transformers, without images. */

import type { JsonObject } from '../../../core/values/json.ts'
import { type ConfigReader, configReader } from '../config-reader.ts'
import type { Layout, Sizes } from '../layout.ts'
import type { RopeOptions } from '../rope-settings.ts'
import {
  attention,
  configOf,
  decoder,
  everyWhole,
  feedForward,
  layerTypes,
  local,
  norm,
  qkNorm,
  sizesOf,
  tensorsOf,
  whole,
} from './decoder.ts'

const norms = [
  norm('input_layernorm'),
  norm('post_attention_layernorm', 2),
  norm('pre_feedforward_layernorm', 3),
  norm('post_feedforward_layernorm', 4),
] as const

/** The sizes that both have; `period` is the default of how often a layer sees everything. */
function gemmaSizes(read: ConfigReader, config: JsonObject, period: number, rope?: RopeOptions) {
  const { tied: _, ...sizes } = sizesOf(read, { kv_heads: 4, tied: true, rope })
  const head_dim = read.count('head_dim', 256)
  const whole_every = everyWhole(read, config, sizes.layers, read.count('sliding_window_pattern', period))
  read.ignore('cache_implementation')
  read.only('tie_word_embeddings', true)
  read.only('attention_bias', false)
  read.only('hidden_activation', 'gelu_pytorch_tanh')
  // transformers reads hidden_activation alone.
  read.ignore('hidden_act')
  read.only('use_bidirectional_attention', false)
  const query_size = read.positive('query_pre_attn_scalar', 256)
  return { ...sizes, head_dim, query_size, window: read.count('sliding_window', 4096), whole_every }
}

function gemmaConfig(sizes: Sizes): JsonObject {
  const { mlp_bias: _, hidden_act: __, ...config } = configOf({ ...sizes, tied: true })
  return {
    ...config,
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar: sizes.query_size!,
    sliding_window: sizes.window!,
    layer_types: layerTypes(Number(sizes.layers), Number(sizes.whole_every)),
  }
}

export const gemma2: Layout = {
  ...decoder,
  isTied: () => true,
  architecture: 'gemma2',
  modelType: 'gemma2',
  className: 'Gemma2ForCausalLM',
  config: (sizes) => ({
    ...gemmaConfig(sizes),
    attn_logit_softcapping: sizes.cap!,
    final_logit_softcapping: sizes.logit_cap!,
  }),
  read(config) {
    const read = configReader(config)
    const sizes = gemmaSizes(read, config, 2)
    const cap = read.positive('attn_logit_softcapping', 50)
    return read.end({ ...sizes, cap, logit_cap: read.positive('final_logit_softcapping', 30) })
  },
  tensors: (sizes) => {
    const [before, after, beforeForward, afterForward] = norms
    const parts = [before, attention(), after, beforeForward, feedForward('geglu'), afterForward]
    return tensorsOf({ ...sizes, tied: true }, ...parts)
  },
}

export const gemma3: Layout = {
  ...decoder,
  isTied: () => true,
  architecture: 'gemma3',
  modelType: 'gemma3_text',
  className: 'Gemma3ForCausalLM',
  config: (sizes) => {
    const { rope_theta, ...config } = gemmaConfig(sizes)
    return {
      ...config,
      rope_parameters: {
        full_attention: {
          ...(sizes.factor === 1 ? { rope_type: 'default' } : { rope_type: 'linear', factor: sizes.factor! }),
          rope_theta: rope_theta!,
        },
        sliding_attention: { rope_type: 'default', rope_theta: sizes.local_base! },
      },
    }
  },
  read(config) {
    const read = configReader(config)
    const rope = { base: 1_000_000, types: ['linear'], layers: whole } as const
    const sizes = gemmaSizes(read, config, 6, rope)
    const { factor } = read.rope(rope)
    const { base: local_base } = read.rope({ layers: local })
    read.only('attn_logit_softcapping', null)
    read.only('final_logit_softcapping', null)
    return read.end({ ...sizes, factor, local_base })
  },
  tensors: (sizes) => {
    const [before, after, beforeForward, afterForward] = norms
    const parts = [before, attention(), qkNorm, after, beforeForward, feedForward('geglu'), afterForward]
    return tensorsOf({ ...sizes, tied: true }, ...parts)
  },
}
