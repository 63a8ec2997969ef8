/** The models of the benchmark: GPT-2 in several sizes. */

export interface Size {
  readonly vocab: number
  readonly dim: number
  readonly layers: number
  readonly heads: number
  readonly context: number
  readonly bias: boolean
  readonly batch: number
  /** The number of steps that a round measures. */
  readonly steps: number
}

export const sizes: Readonly<Record<string, Size>> = {
  // The smallest: what driving a step costs is easiest to see.
  '0.2M': { vocab: 65, dim: 64, layers: 4, heads: 4, context: 64, bias: false, batch: 12, steps: 100 },
  // nanoGPT's smallest baseline.
  '0.8M': { vocab: 65, dim: 128, layers: 4, heads: 4, context: 64, bias: false, batch: 12, steps: 40 },
  // nanoGPT's character-level model with a quarter of its batch.
  '10M': { vocab: 65, dim: 384, layers: 6, heads: 6, context: 256, bias: false, batch: 4, steps: 5 },
  // GPT-2 small with a window of 256 tokens.
  '124M': { vocab: 50257, dim: 768, layers: 12, heads: 12, context: 256, bias: true, batch: 1, steps: 3 },
  // GPT-2 small and medium at their whole context, for GPUs.
  '124M-1024': {
    vocab: 50257,
    dim: 768,
    layers: 12,
    heads: 12,
    context: 1024,
    bias: true,
    batch: 16,
    steps: 20,
  },
  '350M-1024': {
    vocab: 50257,
    dim: 1024,
    layers: 24,
    heads: 16,
    context: 1024,
    bias: true,
    batch: 8,
    steps: 20,
  },
}
