/**
 * The operations that tensor graphs consist of. The set is closed, and each meaning of an operation (shape, gradient, lowering
 * for an engine, printing) is one total table `{ [K in Op]: Rule<K> }`: after an operation is added here, the compiler names the
 * tables that lack it.
 */

/** The attributes of each operation; `object` for operations without attributes. */
export interface Attributes {
  // Leaves
  input: { readonly name: string }
  weight: { readonly name: string }
  constant: { readonly value: number }
  /** [size, size]: 0 where row − `window` < column ≤ row, else a number so low that softmax makes it 0; no window: where column ≤ row. */
  causal_mask: { readonly size: Dim; readonly window?: number }
  // Elementwise, with NumPy broadcasting
  add: object
  sub: object
  mul: object
  div: object
  maximum: object
  minimum: object
  /** 1 where the first is greater, else 0; its gradient is 0. */
  greater: object
  neg: object
  abs: object
  exp: object
  log: object
  sqrt: object
  rsqrt: object
  tanh: object
  sigmoid: object
  relu: object
  silu: object
  /** `tanh`: the approximation GPT-2 uses (`gelu_new`); `erf`: exact. */
  gelu: { readonly approximate: 'tanh' | 'erf' }
  /** The error function. */
  erf: object
  // Products
  /** alpha · [..., m, k] × [..., k, n]; `transposeA` and `transposeB` transpose the last two axes of an operand first. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number }
  // Layout
  reshape: { readonly shape: readonly Dim[] }
  transpose: { readonly permutation: readonly number[] }
  concat: { readonly axis: number }
  slice: { readonly axis: number; readonly start: number; readonly end: number }
  broadcast: { readonly shape: readonly Dim[] }
  // Reductions
  sum: { readonly axes: readonly number[]; readonly keep: boolean }
  mean: { readonly axes: readonly number[]; readonly keep: boolean }
  // Tables
  /** (table [rows, dim], ids [...]) → [..., dim]. */
  gather: object
  /** (ids [...], values [..., dim]) → [rows, dim], adding where ids repeat: the gradient of gather. */
  scatter_add: { readonly rows: Dim }
  /** (x [..., n], ids [...], values [...]) → x with each value added at its id of the last axis. */
  add_at: object
  /** 1 for each of the k largest numbers of a row of the last axis, the first of equal ones, else 0; its gradient is 0. */
  top_k: { readonly k: number }
  // Parts of models
  /** Over the last axis, as are those that follow. */
  softmax: object
  log_softmax: object
  /** (logits [..., n], ids [...]) → [...]: log softmax(logits)[id]. */
  log_probability: object
  /** (x, gain, bias?). */
  layer_norm: { readonly epsilon: number }
  /** (x, gain). */
  rms_norm: { readonly epsilon: number }
  /** x [..., n] → [..., 1]: 1 / √(variance + ε), or 1 / √(mean square + ε) if the mean is not subtracted. */
  inverse_deviation: { readonly epsilon: number; readonly centred: boolean }
  /**
   * (x [batch, heads, time, size], positions [batch, time]) → the same, rotated (Su et al. 2021), halves as in Llama;
   * `inverse` rotates back. Rates and scaling: see rotary.ts.
   */
  rope: { readonly base: number; readonly inverse: boolean; readonly scaling?: RotaryScaling }
  /**
   * (q [b, h, t, s], k [b, g, t, s], v [b, g, t, s], bias?, sinks?, segments?) → [b, h, t, s]; h a multiple of g. Which of the optional
   * inputs there are: see attention-inputs.ts.
   */
  attention: AttentionAttributes
  /**
   * positions [b, t] → the positions of queries [b, 1, t, 1], or of keys [b, 1, 1, past + t], as numbers. The keys of the past, which come
   * first, are at 0, 1, 2, …: see past.ts.
   */
  position_grid: { readonly of: 'queries' | 'keys'; readonly past: number }
  /** (x [b, t, ...], positions [b, t]) → x of the token `by` places before, 0 where the position is less than `by`; `by` is at least 1. */
  shift: { readonly by: number }
  /** segments [b, t] → [b, 1, t, t]: 0 where two places are of one segment, else a number so low that softmax makes it 0. */
  segment_mask: object
  /** (x, mask): x · mask / (1 − rate); the mask of zeros and ones is an input, made by our generator. */
  dropout: { readonly rate: number }
}

/** How the rates of rotary positions change for texts that are longer than those that a model was trained on: see rotary.ts. */
export type RotaryScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3'
      readonly factor: number
      /** The tokens of the texts that the model was trained on. */
      readonly original: number
      /** Pairs that turn less often than `low` within `original` tokens are slowed down, those that turn more often than `high` are not. */
      readonly low: number
      readonly high: number
    }
  | {
      readonly type: 'yarn'
      readonly factor: number
      readonly original: number
      /** Pairs that turn less often than `slow` within `original` tokens are slowed down, those that turn more often than `fast` are not. */
      readonly slow: number
      readonly fast: number
      /** The factor of rotated heads. */
      readonly gain: number
    }

export interface AttentionAttributes {
  /** Whether a query sees only keys up to its own place. */
  readonly causal: boolean
  /** The factor of the logits. */
  readonly scale: number
  /** How many keys a query sees at most, its own included: sliding windows (Beltagy et al. 2020). Only if causal. */
  readonly window?: number
  /** Logits z become cap · tanh(z / cap), before the bias and the masks (Gemma Team 2024, section 2). */
  readonly cap?: number
  /** Whether there is a bias, which broadcasts to [b, h, t, t] and is added to the logits. */
  readonly bias?: true
  /** Whether there are sinks [h]: the logit of a further key of each head, which has no value (Xiao et al. 2023; gpt-oss 2025). */
  readonly sinks?: true
}

export type Op = keyof Attributes

/** A size: a number, or a symbol that is bound when a stage starts: `batch`, `time`, `vocab` (the size of a tokenizer to be trained). */
export type Dim = number | string

export type Shape = readonly Dim[]

export type Dtype = 'float32' | 'int32'

/** Masks add this to logits that must not count: softmax gives exactly 0 for them. It is finite, since ∞ − ∞ is NaN. */
export const masked = -1e9

/** A bias of attention is kept within ± this number, so that it can neither lift a key that is masked, nor push all others below it. */
export const largestBias = 1e8
