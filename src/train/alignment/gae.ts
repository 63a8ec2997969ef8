/** Generalized advantage estimation: the advantage of each token of a response, from its rewards and values. */

export interface Advantages {
  /** One for each token. */
  readonly advantages: Float64Array
  /** Targets of the value head: advantage + value. */
  readonly returns: Float64Array
}

/**
 * GAE(γ, λ) of Schulman et al. 2016, equations 11–16, over one response that ends with its last token (the value after it
 * is 0):
 *
 *     δ_t = r_t + γ·V_{t+1} − V_t        A_t = δ_t + γλ·A_{t+1}
 *
 * `rewards` and `values` have one number for each token of the response, without prompt and padding. Throws a RangeError if their
 * lengths differ.
 */
export function generalizedAdvantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  gamma: number,
  lambda: number,
): Advantages {
  const length = rewards.length
  if (values.length !== length) throw new RangeError(`${length} rewards, but ${values.length} values`)
  const advantages = new Float64Array(length)
  const returns = new Float64Array(length)
  let next = 0
  let nextValue = 0
  for (let t = length - 1; t >= 0; t--) {
    const value = values[t]!
    next = rewards[t]! + gamma * nextValue - value + gamma * lambda * next
    nextValue = value
    advantages[t] = next
    returns[t] = next + value
  }
  return { advantages, returns }
}
