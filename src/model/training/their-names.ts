/** The names that Hugging Face's models give to the weights of std.models. */

/** Parts of names in Hugging Face's models, with those in std.models that they may mean. */
const aliases: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...['q', 'k', 'v', 'o', 'gate', 'up', 'down'].map((name): [string, string[]] => [`${name}_proj`, [name]]),
  ['c_attn', ['q', 'k', 'v']],
  ['c_proj', ['o', 'down']],
  ['c_fc', ['up']],
  ['lm_head', ['head']],
  ['embed_tokens', ['table', 'embeddings']],
  ['wte', ['table']],
  ['wpe', ['places']],
  ['h', ['layers']],
  ['attn', ['gpt2_attention']],
  ['self_attn', ['attention']],
  ['mlp', ['swiglu', 'geglu', 'gpt2_mlp', 'mixture']],
  ['ln_1', ['layer_norm']],
  ['ln_2', ['layer_norm_2']],
  ['ln_f', ['norm']],
])

/** The names in std.models that a name of Hugging Face may mean: `model.layers.0.self_attn.q_proj` is `layers.0.attention.q`. */
export function meanings(theirs: string, more: ReadonlyMap<string, readonly string[]> = new Map()): string[] {
  const parts = theirs.replace(/^(model|transformer)\./, '').split('.')
  return parts.reduce<string[]>(
    (ends, part) =>
      ends.flatMap((end) =>
        (more.get(part) ?? aliases.get(part) ?? [part]).map((own) => (end === '' ? own : `${end}.${own}`)),
      ),
    [''],
  )
}

/**
 * The names of the norms of layers here, by those in Hugging Face's models. These depend on the family: Gemma has four norms in each
 * layer, most have two. Norms that OLMo and Qwen call alike, and place differently, are left out: the names of weights do not tell which it is.
 */
export function normNames(all: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const has = (name: string) => all.some((each) => each.includes(`.${name}.`))
  if (has('rms_norm_4'))
    return new Map([
      ['input_layernorm', ['rms_norm']],
      ['post_attention_layernorm', ['rms_norm_2']],
      ['pre_feedforward_layernorm', ['rms_norm_3']],
      ['post_feedforward_layernorm', ['rms_norm_4']],
    ])
  if (!has('rms_norm_2') || has('q_norm')) return new Map()
  return new Map([
    ['input_layernorm', ['rms_norm']],
    ['post_attention_layernorm', ['rms_norm_2']],
  ])
}
