/** Names of sizes and of tensors in transformers that the descendants of Llama share. */

import type { Json, JsonObject } from '../../../core/values/json.ts'
import type { ConfigReader } from '../config-reader.ts'
import { eachLayer, headName, type Layout, type Sizes, type TheirTensor } from '../layout.ts'
import type { RopeOptions, RopeSettings } from '../rope-settings.ts'

/** The parts of a layout that are the same in all of them. */
export const decoder = {
  prefix: 'model.',
  isTied: ({ tied }) => tied === true,
  table: 'model.embed_tokens.weight',
  buffers: /(^|\.)rotary_emb\.inv_freq$/,
} satisfies Partial<Layout>

/** The defaults of the class of a config.json. */
export interface Defaults {
  readonly kv_heads?: number
  readonly epsilon?: number
  readonly tied?: boolean
  readonly rope?: RopeOptions | undefined
}

/** The sizes that all of them have. */
export function sizesOf(read: ConfigReader, { kv_heads, epsilon = 1e-6, tied = false, rope }: Defaults = {}) {
  const [dim, heads] = [read.count('hidden_size'), read.count('num_attention_heads')]
  const sizes = {
    dim,
    heads,
    layers: read.count('num_hidden_layers'),
    kv_heads: read.count('num_key_value_heads', kv_heads ?? heads, heads),
    hidden: read.count('intermediate_size'),
    context: read.count('max_position_embeddings'),
    rope_base: read.rope(rope).base,
    epsilon: read.positive('rms_norm_eps', epsilon),
    ...(read.flag('tie_word_embeddings', tied) ? { tied: true } : {}),
  }
  read.divides('num_attention_heads', heads, 'num_key_value_heads', sizes.kv_heads)
  read.only('partial_rotary_factor', 1)
  read.dropout('attention_dropout')
  return sizes
}

/** Reports a problem unless the size of a head is the width divided by the number of heads. */
export function headsFillTheWidth(read: ConfigReader, { dim, heads }: Readonly<Record<'dim' | 'heads', number>>): void {
  read.divides('hidden_size', dim, 'num_attention_heads', heads)
  read.only('head_dim', dim / heads)
}

/** Reports a problem if some layers attend to a window of earlier tokens only. */
export function seesEverything(read: ConfigReader, layers: number): void {
  read.only('use_sliding_window', false)
  // Without the switch, transformers ignores both.
  read.ignore('sliding_window', 'max_window_layers')
  read.list('layer_types', layerTypes(layers, 1))
}

/** The kinds of layers, if each `period`-th sees everything, and the others a window. */
export function layerTypes(layers: number, period: number): string[] {
  const count = Number.isSafeInteger(layers) && layers < 10_000 ? layers : 0
  return Array.from({ length: count }, (_, i) => ((i + 1) % period === 0 ? 'full_attention' : 'sliding_attention'))
}

/** The place, from 1, of the first layer that is `special`; `period` if there is none, or no list. */
export function periodOf(list: Json | undefined, special: Json, period: number): number {
  const first = Array.isArray(list) ? list.indexOf(special) : -1
  if (first !== -1) return first + 1
  return Array.isArray(list) ? Math.max(period, list.length + 1) : period
}

/** How often a layer sees everything, by `layer_types`; `period` if config.json does not have it. */
export function everyWhole(read: ConfigReader, config: JsonObject, layers: number, period: number): number {
  const every = periodOf(config.layer_types, 'full_attention', period)
  read.list('layer_types', layerTypes(layers, every))
  return every
}

/** The rotary positions of layers that see everything, where those of other layers differ. */
export const whole = { type: 'full_attention', theta: 'rope_theta', isScaled: true } as const
/** The rotary positions of layers that see a window. */
export const local = { type: 'sliding_attention', theta: 'rope_local_base_freq', isScaled: false } as const

/** The types of scaled rotary positions that `rope` has. */
export const scaledRope = { types: ['linear', 'llama3', 'yarn'] } as const

/** The sizes of our architectures for scaled rotary positions. */
export function scalingSizes({ type, factor, original, low, high }: RopeSettings, context: number) {
  const turns = low === undefined || high === undefined ? {} : { low, high }
  return { scaling: type === 'default' ? 'none' : type, factor, original: original ?? context, ...turns }
}

/** `rope_scaling` of a config.json for these sizes; nothing if rotary positions are not scaled. */
export function scalingConfig({ scaling = 'none', factor, original, low, high }: Sizes): JsonObject {
  if (scaling === 'none') return {}
  return {
    rope_scaling: {
      rope_type: scaling,
      factor: factor!,
      ...(scaling === 'linear' ? {} : { original_max_position_embeddings: original! }),
      ...(scaling === 'llama3' ? { low_freq_factor: low!, high_freq_factor: high! } : {}),
    },
  }
}

/** The settings of config.json for the sizes that all of them have. */
export function configOf(sizes: Sizes): JsonObject {
  const { dim, layers, heads, kv_heads, head_dim, hidden, context, rope_base, epsilon, tied } = sizes
  return {
    hidden_size: dim!,
    num_hidden_layers: layers!,
    num_attention_heads: heads!,
    num_key_value_heads: kv_heads!,
    head_dim: head_dim ?? Number(dim) / Number(heads),
    intermediate_size: hidden!,
    max_position_embeddings: context!,
    rms_norm_eps: epsilon!,
    rope_theta: rope_base!,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: tied === true,
  }
}

/** The tensors of a layer: names in transformers, with ours within the layer, and the part of ours that it is. */
type Parts = readonly (readonly [theirs: string, ours: string, part?: number])[]

/** The router and the matrices of the experts of a layer. */
export function mixture(experts: number): Parts {
  const all = Array.from({ length: experts }, (_, i) => i)
  return [
    ['mlp.gate.weight', 'mixture.router.weight'],
    ...all.flatMap((i) =>
      ['gate', 'up', 'down'].map(
        (name) => [`mlp.experts.${i}.${name}_proj.weight`, `mixture.${name}.weight`, i] as const,
      ),
    ),
  ]
}

/** The shared expert of a layer, and its gate. */
export const sharedExpert: Parts = [
  ...['gate', 'up', 'down'].map(
    (name) => [`mlp.shared_expert.${name}_proj.weight`, `mixture.shared.${name}.weight`] as const,
  ),
  ['mlp.shared_expert_gate.weight', 'mixture.shared_gate.weight'],
]

/** How much the balance of experts counts in training: transformers adds it to the loss only if it outputs the logits of routers. */
export function balanceOf(read: ConfigReader): { readonly balance?: number } {
  const isAdded = read.flag('output_router_logits', false)
  const balance = read.number('router_aux_loss_coef', 0.001)
  return isAdded && balance > 0 ? { balance } : {}
}

/** The settings of a config.json for this share of the loss; none if it is not added. */
export function balanceConfig({ balance = 0 }: Sizes): JsonObject {
  return balance === 0 ? {} : { output_router_logits: true, router_aux_loss_coef: balance }
}

/** The matrices of a layer's attention, with the biases that `biased` lists. */
export function attention(biased = ''): Parts {
  return ['q', 'k', 'v', 'o'].flatMap((part) => [
    [`self_attn.${part}_proj.weight`, `attention.${part}.weight`] as const,
    ...(biased.includes(part) ? [[`self_attn.${part}_proj.bias`, `attention.${part}.bias`] as const] : []),
  ])
}

/** The matrices of a layer's feed-forward, a SwiGLU or a GeGLU. */
export function feedForward(block: 'swiglu' | 'geglu' = 'swiglu', biased = false): Parts {
  const kinds = biased ? ['weight', 'bias'] : ['weight']
  return ['gate', 'up', 'down'].flatMap((part) =>
    kinds.map((kind) => [`mlp.${part}_proj.${kind}`, `${block}.${part}.${kind}`] as const),
  )
}

/** The norms of queries and keys. */
export const qkNorm: Parts = [
  ['self_attn.q_norm.weight', 'attention.q_norm.weight'],
  ['self_attn.k_norm.weight', 'attention.k_norm.weight'],
]

/** The norm of a layer that our architecture computes as the first, second, … */
export function norm(theirs: string, nth = 1): Parts {
  return [[`${theirs}.weight`, `rms_norm${nth === 1 ? '' : `_${nth}`}.weight`]]
}

/** All tensors, with those of each layer. */
export function tensorsOf({ layers, tied }: Sizes, ...parts: readonly Parts[]): TheirTensor[] {
  return [
    { name: decoder.table, ours: [tied ? 'table' : 'embeddings.weight'] },
    ...eachLayer('model.layers', layers, (theirs, ours) =>
      parts.flat().map(([name, own, part]) => ({
        name: `${theirs}.${name}`,
        ours: [`${ours}.${own}`],
        ...(part === undefined ? {} : { part }),
      })),
    ),
    { name: 'model.norm.weight', ours: ['norm.weight'] },
    ...(tied ? [] : [{ name: headName, ours: ['head.weight'] }]),
  ]
}
