/** Logistic regression, learned one text at a time with AdaGrad (Duchi et al. 2011), with the same result on every machine. */

import type { Features } from './features.ts'

/** Keeps the first steps finite. */
const epsilon = 1e-8

export class LogisticRegression {
  readonly weights: Float64Array
  bias = 0
  readonly #rate: number
  readonly #squares: Float64Array
  #biasSquares = 0

  constructor(buckets: number, rate: number) {
    this.weights = new Float64Array(buckets)
    this.#squares = new Float64Array(buckets)
    this.#rate = rate
  }

  /** One step on a text: `label` is 1 or 0, `weight` the weight of its loss. */
  learn(features: Features, label: 0 | 1, weight: number): void {
    const slope = weight * (probabilityOf(features, this.weights, this.bias) - label)
    const { buckets, values } = features
    for (let i = 0; i < buckets.length; i++) {
      const gradient = slope * values[i]!
      const bucket = buckets[i]!
      this.#squares[bucket]! += gradient * gradient
      this.weights[bucket]! -= (this.#rate * gradient) / (Math.sqrt(this.#squares[bucket]!) + epsilon)
    }
    this.#biasSquares += slope * slope
    this.bias -= (this.#rate * slope) / (Math.sqrt(this.#biasSquares) + epsilon)
  }
}

/** The probability of the label 1, from 0 to 1. */
export function probabilityOf(
  { buckets, values }: Features,
  weights: Float64Array | Float32Array,
  bias: number,
): number {
  let sum = bias
  for (let i = 0; i < buckets.length; i++) sum += weights[buckets[i]!]! * values[i]!
  return 1 / (1 + Math.exp(-sum))
}
