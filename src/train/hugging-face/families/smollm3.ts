/** SmolLM3 (Bakouch et al. 2025) in transformers. */

import { configReader } from '../config-reader.ts'
import type { Layout } from '../layout.ts'
import {
  attention,
  configOf,
  decoder,
  feedForward,
  headsFillTheWidth,
  norm,
  periodOf,
  seesEverything,
  sizesOf,
  tensorsOf,
} from './decoder.ts'

/** Whether each layer has rotary positions, as config.json writes it: all but each `period`-th have them. */
function rotating(layers: number, period: number): number[] {
  return Array.from({ length: layers }, (_, i) => ((i + 1) % period === 0 ? 0 : 1))
}

export const smollm3: Layout = {
  ...decoder,
  architecture: 'smollm3',
  modelType: 'smollm3',
  className: 'SmolLM3ForCausalLM',
  config: (sizes) => {
    const { head_dim: _, ...config } = configOf(sizes)
    const [layers, period] = [Number(sizes.layers), Number(sizes.plain_every)]
    return {
      ...config,
      no_rope_layer_interval: period,
      no_rope_layers: rotating(layers, period),
      use_sliding_window: false,
    }
  },
  read(config) {
    const read = configReader(config)
    const sizes = sizesOf(read, { kv_heads: 4, tied: true, rope: { base: 2_000_000 } })
    headsFillTheWidth(read, sizes)
    read.only('hidden_act', 'silu')
    read.only('attention_bias', false)
    read.only('mlp_bias', false)
    seesEverything(read, sizes.layers)
    const interval = read.count('no_rope_layer_interval', 4)
    const plain_every = periodOf(config.no_rope_layers, 0, interval)
    if (sizes.layers < 10_000) read.list('no_rope_layers', rotating(sizes.layers, plain_every))
    return read.end({ ...sizes, plain_every })
  },
  tensors: (sizes) =>
    tensorsOf(sizes, norm('input_layernorm'), attention(), norm('post_attention_layernorm', 2), feedForward()),
}
