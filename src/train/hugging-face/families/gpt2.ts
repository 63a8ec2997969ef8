/** GPT-2 (Radford et al. 2019) in transformers. */

import { configReader } from '../config-reader.ts'
import { eachLayer, type Layout, type TheirTensor } from '../layout.ts'

export const gpt2: Layout = {
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
  read(config) {
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
    read.dropout('embd_pdrop', 'resid_pdrop', 'attn_pdrop')
    read.ignore('n_ctx', 'reorder_and_upcast_attn', 'summary_activation', 'summary_first_dropout')
    read.ignore('summary_proj_to_labels', 'summary_type', 'summary_use_proj')
    return read.end({ dim, layers, heads, context, bias: true, dropout: 0 })
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
      ...eachLayer('transformer.h', layers, (theirs, ours) => {
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
