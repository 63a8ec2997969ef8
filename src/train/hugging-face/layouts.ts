/** Names of weights and sizes in Hugging Face's `transformers`, for the architectures of std.models. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { type ConfigReader, configReader } from './config-reader.ts'

/** All arguments of an architecture: `{ dim: 128, layers: 4, … }`. */
export type Sizes = Readonly<Record<string, number | boolean>>

/** Elaborates an architecture of std.models by its name and arguments; `vocab` may be left open. */
export type Architecture = (name: string, sizes: Sizes | Readonly<Record<string, Json>>) => Promise<ModelSpec>

/** A tensor in a folder of transformers. */
export interface TheirTensor {
  readonly name: string
  /** Our weights whose rows it has, in this order. */
  readonly ours: readonly string[]
  /** It is [in, out], where our weight is [out, in]. */
  readonly transposed?: true
  /** The size of a tensor that the architecture can omit (`bias: false`): zeros mean the same. */
  readonly zeros?: number
}

/** Why a config.json describes a model that std.models cannot be. */
export interface Refusal {
  readonly refused: string
  readonly help?: string
}

export interface Layout {
  /** The architecture of std.models. */
  readonly architecture: string
  /** `model_type` of their config.json. */
  readonly modelType: string
  /** The class that loads it. */
  readonly className: string
  /** The prefix of the names of all tensors but the head's; older files leave it out. */
  readonly prefix: string
  /** The settings of config.json for sizes of ours. */
  config(sizes: Sizes): JsonObject
  /** Our sizes from a config.json, or the reason why ours cannot be such a model. */
  sizes(config: JsonObject): Sizes | Refusal
  tensors(sizes: Sizes): TheirTensor[]
  /** Whether one table embeds tokens and writes logits. */
  isTied(sizes: Sizes): boolean
  /** The table that embeds tokens. */
  readonly table: string
  /** Tensors that follow from config.json, which older versions of transformers saved: masks and tables of positions. */
  readonly buffers: RegExp
}

/** The matrix that writes logits, if it is not the table that embeds tokens. */
export const headName = 'lm_head.weight'

const llama: Layout = {
  architecture: 'llama',
  modelType: 'llama',
  className: 'LlamaForCausalLM',
  prefix: 'model.',
  config: ({ dim, layers, heads, kv_heads, hidden, context, rope_base, epsilon, tied }) => ({
    hidden_size: dim!,
    num_hidden_layers: layers!,
    num_attention_heads: heads!,
    num_key_value_heads: kv_heads!,
    head_dim: Number(dim) / Number(heads),
    intermediate_size: hidden!,
    max_position_embeddings: context!,
    rms_norm_eps: epsilon!,
    rope_theta: rope_base!,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: tied === true,
  }),
  sizes(config) {
    const read = configReader(config)
    const [dim, heads] = [read.count('hidden_size'), read.count('num_attention_heads')]
    const sizes = {
      dim,
      heads,
      layers: read.count('num_hidden_layers'),
      kv_heads: read.count('num_key_value_heads', heads),
      hidden: read.count('intermediate_size'),
      context: read.count('max_position_embeddings'),
      rope_base: read.ropeBase(),
      epsilon: read.positive('rms_norm_eps', 1e-6),
      ...(read.flag('tie_word_embeddings', false) ? { tied: true } : {}),
    }
    read.only('hidden_act', 'silu')
    read.only('attention_bias', false)
    read.only('mlp_bias', false)
    read.divides('hidden_size', dim, 'num_attention_heads', heads)
    read.only('head_dim', dim / heads)
    read.divides('num_attention_heads', heads, 'num_key_value_heads', sizes.kv_heads)
    read.only('partial_rotary_factor', 1)
    return refusal(read) ?? sizes
  },
  tensors: ({ layers, tied }) => [
    { name: 'model.embed_tokens.weight', ours: [tied ? 'table' : 'embeddings.weight'] },
    ...each('model.layers', layers, (theirs, ours) => [
      { name: `${theirs}.input_layernorm.weight`, ours: [`${ours}.rms_norm.weight`] },
      ...['q', 'k', 'v', 'o'].map((part) => ({
        name: `${theirs}.self_attn.${part}_proj.weight`,
        ours: [`${ours}.attention.${part}.weight`],
      })),
      { name: `${theirs}.post_attention_layernorm.weight`, ours: [`${ours}.rms_norm_2.weight`] },
      ...['gate', 'up', 'down'].map((part) => ({
        name: `${theirs}.mlp.${part}_proj.weight`,
        ours: [`${ours}.swiglu.${part}.weight`],
      })),
    ]),
    { name: 'model.norm.weight', ours: ['norm.weight'] },
    ...(tied ? [] : [{ name: headName, ours: ['head.weight'] }]),
  ],
  isTied: ({ tied }) => tied === true,
  table: 'model.embed_tokens.weight',
  buffers: /(^|\.)rotary_emb\.inv_freq$/,
}

/**
 * Mistral (Jiang et al. 2023): a Llama whose attention may see only the last `sliding_window` tokens. Without such a window, or within
 * it, both compute the same. Defaults are those of transformers' MistralConfig.
 */
const mistral: Layout = {
  ...llama,
  modelType: 'mistral',
  className: 'MistralForCausalLM',
  sizes(config) {
    const read = configReader(config)
    const window = config.sliding_window === null ? undefined : read.count('sliding_window', 4096)
    const context = read.count('max_position_embeddings')
    if (window !== undefined && context > window)
      return {
        refused: `its attention sees only the last ${window} tokens (sliding_window), where that of a llama sees all ${context} of its context`,
        help: `Within ${window} tokens both compute the same: set "max_position_embeddings" to ${window} in config.json to use it for texts up to that length.`,
      }
    return refusal(read) ?? llama.sizes({ ...config, num_key_value_heads: config.num_key_value_heads ?? 8 })
  },
}

const gpt2: Layout = {
  architecture: 'gpt2',
  modelType: 'gpt2',
  className: 'GPT2LMHeadModel',
  prefix: 'transformer.',
  config: ({ dim, layers, heads, context, dropout }) => ({
    n_embd: dim!,
    n_layer: layers!,
    n_head: heads!,
    n_positions: context!,
    n_ctx: context!,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    embd_pdrop: dropout!,
    resid_pdrop: dropout!,
    attn_pdrop: 0,
    tie_word_embeddings: true,
  }),
  sizes(config) {
    const read = configReader(config)
    const [dim, heads] = [read.count('n_embd'), read.count('n_head')]
    const [layers, context] = [read.count('n_layer'), read.count('n_positions')]
    read.only('activation_function', 'gelu_new', 'gelu_pytorch_tanh')
    read.only('layer_norm_epsilon', 1e-5)
    read.only('n_inner', 4 * dim)
    read.only('scale_attn_weights', true)
    read.only('scale_attn_by_inverse_layer_idx', false)
    read.only('add_cross_attention', false)
    read.only('tie_word_embeddings', true)
    read.divides('n_embd', dim, 'n_head', heads)
    return refusal(read) ?? { dim, layers, heads, context, bias: true, dropout: 0 }
  },
  tensors: ({ layers, dim: size }) => {
    const dim = Number(size)
    const norm = (name: string, ours: string): TheirTensor[] => [
      { name: `${name}.weight`, ours: [`${ours}.weight`] },
      { name: `${name}.bias`, ours: [`${ours}.bias`], zeros: dim },
    ]
    const linear = (name: string, ours: readonly string[], out: number): TheirTensor[] => [
      { name: `${name}.weight`, ours: ours.map((each) => `${each}.weight`), transposed: true },
      { name: `${name}.bias`, ours: ours.map((each) => `${each}.bias`), zeros: out },
    ]
    return [
      { name: 'transformer.wte.weight', ours: ['table'] },
      { name: 'transformer.wpe.weight', ours: ['places.weight'] },
      ...each('transformer.h', layers, (theirs, ours) => {
        const attention = `${ours}.gpt2_attention`
        return [
          ...norm(`${theirs}.ln_1`, `${ours}.layer_norm`),
          ...linear(`${theirs}.attn.c_attn`, [`${attention}.q`, `${attention}.k`, `${attention}.v`], 3 * dim),
          ...linear(`${theirs}.attn.c_proj`, [`${attention}.o`], dim),
          ...norm(`${theirs}.ln_2`, `${ours}.layer_norm_2`),
          ...linear(`${theirs}.mlp.c_fc`, [`${ours}.gpt2_mlp.up`], 4 * dim),
          ...linear(`${theirs}.mlp.c_proj`, [`${ours}.gpt2_mlp.down`], dim),
        ]
      }),
      ...norm('transformer.ln_f', 'norm'),
    ]
  },
  isTied: () => true,
  table: 'transformer.wte.weight',
  // The causal mask, and the number that older versions added where it masks.
  buffers: /^transformer\.h\.\d+\.attn\.(bias|masked_bias)$/,
}

/** All layouts. Models that were made here are exported in the first layout of their architecture. */
export const layouts: readonly Layout[] = [gpt2, llama, mistral]

/** The model types that can be read, for people: `gpt2, llama and mistral`. */
export const modelTypes = layouts
  .map(({ modelType }) => modelType)
  .join(', ')
  .replace(/, ([^,]*)$/, ' and $1')

function refusal(read: ConfigReader): Refusal | undefined {
  const refused = read.problem()
  return refused === undefined ? undefined : { refused }
}

/** The tensors of every layer. */
function each(
  prefix: string,
  layers: Sizes[string] | undefined,
  tensors: (theirs: string, ours: string) => TheirTensor[],
): TheirTensor[] {
  return Array.from({ length: Number(layers) }, (_, i) => tensors(`${prefix}.${i}`, `layers.${i}`)).flat()
}
