/** What Hugging Face's `transformers` calls the weights and sizes of the architectures of std.models. */

import type { Json, JsonObject } from '../../core/json.ts'
import type { ModelSpec } from '../../model/spec.ts'

/** The arguments of an architecture, all of them: `{ dim: 128, layers: 4, … }`. */
export type Sizes = Readonly<Record<string, number | boolean>>

/** An architecture of std.models by its name and arguments; `vocab` may be left open. */
export type Architecture = (name: string, sizes: Sizes | Readonly<Record<string, Json>>) => Promise<ModelSpec>

/** One tensor of theirs. */
export interface TheirTensor {
  readonly name: string
  /** The weights of ours whose rows it has, one after the other. */
  readonly ours: readonly string[]
  /** Theirs is [in, out] where ours is [out, in]. */
  readonly transposed?: true
  /** Where the architecture can do without it (`bias: false`): so many zeros mean the same. */
  readonly zeros?: number
}

export interface Layout {
  /** The architecture of std.models. */
  readonly architecture: string
  /** `model_type` of their config.json. */
  readonly modelType: string
  /** The class that loads it. */
  readonly className: string
  /** What all names of tensors but the head's begin with; older files leave it out. */
  readonly prefix: string
  /** Sizes in the words of their config.json. */
  config(sizes: Sizes): JsonObject
  /** Sizes from their config.json; a sentence where ours cannot be such a model. */
  sizes(config: JsonObject): Sizes | string
  tensors(sizes: Sizes): TheirTensor[]
}

const llama: Layout = {
  architecture: 'llama',
  modelType: 'llama',
  className: 'LlamaForCausalLM',
  prefix: 'model.',
  config: ({ dim, layers, heads, kv_heads, hidden, context, rope_base, epsilon }) => ({
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
    tie_word_embeddings: false,
  }),
  sizes(config) {
    const read = reader(config)
    const [dim, heads] = [read.number('hidden_size'), read.number('num_attention_heads')]
    const rope = ropeOf(config)
    const problem =
      read.problem() ??
      read.differs('hidden_act', 'silu') ??
      read.differs('attention_bias', false) ??
      read.differs('mlp_bias', false) ??
      read.differs('head_dim', dim / heads) ??
      (rope.type === 'default' ? undefined : `its rotary positions are scaled (${JSON.stringify(rope.type)})`)
    if (problem !== undefined) return problem
    return {
      dim,
      heads,
      layers: read.number('num_hidden_layers'),
      kv_heads: read.number('num_key_value_heads', heads),
      hidden: read.number('intermediate_size'),
      context: read.number('max_position_embeddings'),
      rope_base: rope.base,
      epsilon: read.number('rms_norm_eps', 1e-6),
    }
  },
  tensors: ({ layers }) => [
    { name: 'model.embed_tokens.weight', ours: ['embeddings.weight'] },
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
    { name: 'lm_head.weight', ours: ['head.weight'] },
  ],
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
    const read = reader(config)
    const dim = read.number('n_embd')
    const problem =
      read.problem() ??
      read.differs('activation_function', 'gelu_new', 'gelu_pytorch_tanh') ??
      read.differs('layer_norm_epsilon', 1e-5) ??
      read.differs('n_inner', 4 * dim) ??
      read.differs('scale_attn_weights', true) ??
      read.differs('scale_attn_by_inverse_layer_idx', false) ??
      read.differs('tie_word_embeddings', true)
    if (problem !== undefined) return problem
    const [layers, heads, context] = [read.number('n_layer'), read.number('n_head'), read.number('n_positions')]
    return { dim, layers, heads, context, bias: true, dropout: 0 }
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
}

export const layouts: readonly Layout[] = [gpt2, llama]

/** The tensors of every layer. */
function each(
  prefix: string,
  layers: Sizes[string] | undefined,
  tensors: (theirs: string, ours: string) => TheirTensor[],
): TheirTensor[] {
  return Array.from({ length: Number(layers) }, (_, i) => tensors(`${prefix}.${i}`, `layers.${i}`)).flat()
}

/** Rotary positions: `rope_theta` and `rope_scaling`, or both in `rope_parameters` (transformers 5). */
function ropeOf(config: JsonObject): { readonly base: number; readonly type: Json } {
  const parameters = (config.rope_parameters ?? config.rope_scaling ?? {}) as JsonObject
  const base = parameters.rope_theta ?? config.rope_theta ?? 10_000
  return { base: Number(base), type: parameters.rope_type ?? parameters.type ?? 'default' }
}

function reader(config: JsonObject) {
  const missing: string[] = []
  return {
    number(name: string, otherwise?: number): number {
      const value = config[name] ?? otherwise
      if (typeof value === 'number') return value
      missing.push(name)
      return Number.NaN
    },
    problem: () => (missing.length === 0 ? undefined : `its config.json has no number ${missing.join(', ')}`),
    /** A sentence where a setting is there and is none of `allowed`. */
    differs(name: string, ...allowed: readonly Json[]): string | undefined {
      const value = config[name] ?? allowed[0]
      if (allowed.includes(value!)) return undefined
      return `its ${name} is ${JSON.stringify(value)}, where ours has ${allowed.map((one) => JSON.stringify(one)).join(' or ')}`
    },
  }
}
