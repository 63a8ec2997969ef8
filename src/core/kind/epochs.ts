/** Trainings that count epochs: the tokens of their sources decide how many steps they have. */

/** The steps that learn `tokens` tokens `epochs` times, with `perStep` tokens in a step: to the nearest step, at least 1. */
export function stepsOfEpochs(epochs: number, tokens: number, perStep: number): number {
  return Math.max(1, Math.round((epochs * tokens) / perStep))
}

/**
 * Whether a training learns a source more than `most` times: `learned` of its tokens, of which it has `tokens`. `rounding` are the tokens that
 * the rounding to whole steps may have added.
 */
export function isTooOften(
  most: number,
  { learned, tokens, rounding }: { readonly learned: number; readonly tokens: number; readonly rounding: number },
): boolean {
  // Rounding of the last digits does not count.
  return learned - rounding > most * tokens * (1 + 1e-9)
}
