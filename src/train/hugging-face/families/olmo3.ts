/** OLMo 3 (OLMo et al. 2025) in transformers. */

import { configReader } from '../config-reader.ts'
import type { Layout } from '../layout.ts'
import {
  attention,
  configOf,
  decoder,
  everyWhole,
  feedForward,
  headsFillTheWidth,
  layerTypes,
  local,
  norm,
  qkNorm,
  scalingConfig,
  scalingSizes,
  sizesOf,
  tensorsOf,
  whole,
} from './decoder.ts'

export const olmo3: Layout = {
  ...decoder,
  architecture: 'olmo3',
  modelType: 'olmo3',
  className: 'Olmo3ForCausalLM',
  config: (sizes) => {
    const { mlp_bias: _, head_dim: __, rope_theta, ...config } = configOf(sizes)
    const { rope_scaling = { rope_type: 'default' } } = scalingConfig(sizes)
    return {
      ...config,
      rope_parameters: {
        full_attention: { ...(rope_scaling as object), rope_theta: rope_theta! },
        sliding_attention: { rope_type: 'default', rope_theta: rope_theta! },
      },
      sliding_window: sizes.window!,
      layer_types: layerTypes(Number(sizes.layers), Number(sizes.whole_every)),
    }
  },
  read(config) {
    const read = configReader(config)
    const rope = { base: 500_000, types: ['linear', 'yarn'], layers: whole } as const
    const sizes = sizesOf(read, { epsilon: 1e-5, rope })
    headsFillTheWidth(read, sizes)
    read.only('hidden_act', 'silu')
    for (const bias of ['attention_bias', 'mlp_bias']) read.only(bias, false)
    read.same(
      'rope_theta of its kinds of layers',
      sizes.rope_base,
      read.rope({ base: sizes.rope_base, layers: local }).base,
    )
    const whole_every = everyWhole(read, config, sizes.layers, 4)
    const window = read.count('sliding_window', 4096)
    return read.end({ ...sizes, ...scalingSizes(read.rope(rope), sizes.context), window, whole_every })
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
