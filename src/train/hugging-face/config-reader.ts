/** Reads the settings of a config.json, and collects the problems it finds. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { ReadSizes, Refusal, Sizes } from './layout.ts'
import { isCount, isPositive } from './numbers.ts'
import { type RopeOptions, type RopeSettings, ropeNames, ropeOf } from './rope-settings.ts'

export interface ConfigReader {
  /** A whole number of 1 or more; `otherwise` if it is absent, and `ifNull` if it is null. */
  count(name: string, otherwise?: number, ifNull?: number): number
  /** A number above 0; `otherwise` if it is absent. */
  positive(name: string, otherwise?: number): number
  /** A number of at least 0; `otherwise` if it is absent or null. */
  number(name: string, otherwise: number): number
  /** True or false; `otherwise` if it is absent or null. */
  flag(name: string, otherwise: boolean): boolean
  /** The settings of rotary positions. */
  rope(options?: RopeOptions): RopeSettings
  /** Reports a problem if a setting is not among `allowed`, of which the first is the default. */
  only(name: string, ...allowed: readonly Json[]): void
  /** Reports a problem unless a setting is absent, or a list with these values, one for each layer. */
  list(name: string, expected: readonly Json[]): void
  /** Reports a problem unless `divisor` divides `number`. */
  divides(name: string, number: number, by: string, divisor: number): void
  /** Reports a problem if two numbers differ. */
  same(what: string, one: number, other: number): void
  /** Rates of dropout: they matter in training only, and llmpipe trains without them. */
  dropout(...names: readonly string[]): void
  /** Settings that do not change what the model computes. */
  ignore(...names: readonly string[]): void
  /** The first problem as a sentence; `undefined` if there is none. A setting that nothing asked for is a problem, too. */
  problem(): Refusal | undefined
  /** The sizes, or the first problem. */
  end(sizes: Sizes): ReadSizes | Refusal
}

/** Settings of any config.json that do not change what a model computes: names, types, ids, ways to generate. */
const neutral = new Set(
  `architectures model_type vocab_size transformers_version torch_dtype dtype use_cache initializer_range tokenizer_class
  bos_token_id eos_token_id pad_token_id unk_token_id sep_token_id cls_token_id decoder_start_token_id id2label label2id problem_type
  return_dict output_hidden_states output_attentions chunk_size_feed_forward torchscript use_bfloat16 tf_legacy_loss
  finetuning_task task_specific_params prefix quantization_config tie_encoder_decoder max_length min_length max_new_tokens do_sample
  early_stopping num_beams num_beam_groups diversity_penalty temperature top_k top_p typical_p repetition_penalty length_penalty
  no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids num_return_sequences output_scores return_dict_in_generate
  forced_bos_token_id forced_eos_token_id remove_invalid_values exponential_decay_length_penalty suppress_tokens
  begin_suppress_tokens model_max_length`.split(/\s+/),
)

/** Private settings of transformers and of trainers: `_name_or_path`, `unsloth_version`, `transformers.js_config`. */
const privateNames = /^(_|unsloth_|transformers\.js)/

/** A value as JSON, cut if it is long. */
function short(value: Json | readonly Json[]): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

export function configReader(config: JsonObject): ConfigReader {
  const missing: string[] = []
  const wrong: string[] = []
  const notes: string[] = []
  const asked = new Set<string>()
  const given = (name: string) => {
    asked.add(name)
    return config[name]
  }
  const number = (
    name: string,
    value: Json | undefined,
    isOne: (value: Json | undefined) => value is number,
    what: string,
  ) => {
    if (isOne(value)) return value
    if (value === undefined || value === null) missing.push(name)
    else wrong.push(`its ${name} is ${JSON.stringify(value)}, which is not ${what}`)
    return Number.NaN
  }
  const only = (name: string, ...allowed: readonly Json[]) => {
    const value = given(name) ?? allowed[0]
    if (allowed.includes(value!)) return
    const ours = allowed.map((one) => JSON.stringify(one)).join(' or ')
    wrong.push(`its ${name} is ${JSON.stringify(value)}; llmpipe supports only ${ours}`)
  }
  const problem = (): Refusal | undefined => {
    if (missing.length > 0) return { refused: `its config.json has no number for ${missing.join(', ')}` }
    if (wrong.length > 0) return { refused: wrong[0]! }
    const unknown = Object.entries(config).find(
      ([name, value]) => value !== null && !asked.has(name) && !neutral.has(name) && !privateNames.test(name),
    )
    if (unknown === undefined) return undefined
    const [name, value] = unknown
    return {
      refused: `llmpipe does not know its setting ${name}, which is ${short(value ?? null)}`,
      help: `If ${name} does not change what the model computes, remove it from config.json.`,
    }
  }
  // Every model has these, and few use them.
  only('is_encoder_decoder', false)
  only('is_decoder', false, true)
  only('add_cross_attention', false)
  return {
    // transformers writes null for sizes that follow from others.
    count(name, otherwise, ifNull = otherwise) {
      const value = given(name)
      return number(name, value ?? (value === null ? ifNull : otherwise), isCount, 'a whole number of 1 or more')
    },
    positive(name, otherwise) {
      const value = given(name)
      return number(name, value === undefined ? otherwise : value, isPositive, 'a number above 0')
    },
    number(name, otherwise) {
      const value = given(name) ?? otherwise
      return number(name, value, (each): each is number => each === 0 || isPositive(each), 'a number of at least 0')
    },
    flag(name, otherwise) {
      const value = given(name) ?? otherwise
      if (typeof value === 'boolean') return value
      wrong.push(`its ${name} is ${JSON.stringify(value)}, which is neither true nor false`)
      return otherwise
    },
    rope(options) {
      for (const name of ropeNames) asked.add(name)
      const settings = ropeOf(config, options)
      if (typeof settings !== 'string') return settings
      wrong.push(settings)
      return { base: Number.NaN, type: 'default', factor: 1 }
    },
    only,
    list(name, expected) {
      const value = given(name) ?? expected
      if (JSON.stringify(value) === JSON.stringify(expected)) return
      wrong.push(`its ${name} is ${short(value)}; llmpipe supports only ${short(expected)}`)
    },
    divides(name, value, by, divisor) {
      // A value that is not a number has been reported already.
      if (value % divisor > 0) wrong.push(`its ${name} is ${value}, which its ${by} of ${divisor} does not divide`)
    },
    same(what, one, other) {
      if (one !== other && !Number.isNaN(one + other))
        wrong.push(`the ${what} are ${one} and ${other}; llmpipe supports only one`)
    },
    dropout(...names) {
      for (const name of names) {
        const rate = given(name) ?? 0
        if (rate !== 0) notes.push(`config.json has ${name} ${JSON.stringify(rate)}: llmpipe trains without it`)
      }
    },
    ignore(...names) {
      for (const name of names) asked.add(name)
    },
    problem,
    end: (sizes) => problem() ?? { sizes, notes },
  }
}
