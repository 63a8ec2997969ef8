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
  /** [size, size]: 0 where column ≤ row, else a number so low that softmax makes it 0. */
  causal_mask: { readonly size: Dim }
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
   * `inverse` rotates back.
   */
  rope: { readonly base: number; readonly inverse: boolean }
  /** (q [b, h, t, s], k [b, g, t, s], v [b, g, t, s], segments? [b, t]) → [b, h, t, s]; h a multiple of g. */
  attention: { readonly causal: boolean; readonly scale: number }
  /** segments [b, t] → [b, 1, t, t]: 0 where two places are of one segment, else a number so low that softmax makes it 0. */
  segment_mask: object
  /** (x, mask): x · mask / (1 − rate); the mask of zeros and ones is an input, made by our generator. */
  dropout: { readonly rate: number }
}

export type Op = keyof Attributes

/** A size: a number, or a symbol that is bound when a stage starts: `batch`, `time`, `vocab` (the size of a tokenizer to be trained). */
export type Dim = number | string

export type Shape = readonly Dim[]

export type Dtype = 'float32' | 'int32'

/** Masks add this to logits that must not count: softmax gives exactly 0 for them. It is finite, since ∞ − ∞ is NaN. */
export const masked = -1e9
