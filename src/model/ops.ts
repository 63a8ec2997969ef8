/**
 * The operations a tensor graph is made of. The set is closed, and each meaning of an operation (shape, gradient, lowering
 * for an engine, printing) is one total table `{ [K in Op]: Rule<K> }`: add an operation here and the compiler names what
 * it still lacks.
 */

/** The attributes of each operation; `{}` where it has none. */
export interface Attributes {
  // Leaves
  input: { readonly name: string }
  weight: { readonly name: string }
  constant: { readonly value: number }
  // Elementwise, with NumPy broadcasting
  add: object
  sub: object
  mul: object
  div: object
  maximum: object
  minimum: object
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
  // Products
  /** [..., m, k] × [..., k, n]; the last two axes of an operand transposed first where told; times alpha. */
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
  max: { readonly axes: readonly number[]; readonly keep: boolean }
  // Tables
  /** (table [rows, dim], ids [...]) → [..., dim]. */
  gather: object
  /** (ids [...], values [..., dim]) → [rows, dim], adding where ids repeat: the gradient of gather. */
  scatter_add: { readonly rows: Dim }
  // What a model is made of
  softmax: { readonly axis: number }
  log_softmax: { readonly axis: number }
  /** (x, gain, bias?) over the last axis. */
  layer_norm: { readonly epsilon: number }
  /** (x, gain) over the last axis. */
  rms_norm: { readonly epsilon: number }
  /** (x [batch, heads, time, size], positions [batch, time]) → the same, rotated (Su et al. 2021), halves as in Llama. */
  rope: { readonly base: number }
  /** (q [b, h, t, s], k [b, g, t, s], v [b, g, t, s], segments? [b, t]) → [b, h, t, s]; h a multiple of g. */
  attention: { readonly causal: boolean; readonly scale: number }
  /** (x, mask): x · mask / keep; the mask is an input, made by our generator. */
  dropout: { readonly rate: number }
  /** (logits [..., vocab], targets [...], weights [...]) → scalar: Σ w·(−log p(target)) / Σ w. */
  cross_entropy: object
}

export type Op = keyof Attributes

/** A size: a number, or a symbol bound when a stage starts: `batch`, `time`, `vocab` (the size of a tokenizer yet untrained). */
export type Dim = number | string

export type Dtype = 'float32' | 'int32'
