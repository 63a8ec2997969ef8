/** The Kullback-Leibler divergence of a policy from its reference: estimators from samples, and controllers of its price. */

/** Estimators of a divergence from a token drawn from the policy: Schulman, "Approximating KL Divergence", 2020. */
export type KlEstimator = 'k1' | 'k2' | 'k3'

/**
 * One sample's estimate of KL(policy ‖ reference), from `logRatio` = log reference(token) − log policy(token).
 * k1 = −r: unbiased, of high variance, may be negative. k2 = r²/2: biased, of low variance. k3 = eʳ − 1 − r: unbiased, never
 * negative.
 */
export function klEstimate(estimator: KlEstimator, logRatio: number): number {
  if (estimator === 'k1') return -logRatio
  if (estimator === 'k2') return (logRatio * logRatio) / 2
  return Math.expm1(logRatio) - logRatio
}

/** Sets the price of divergence, β, after each batch. */
export interface KlController {
  readonly beta: number
  /** The controller after `samples` responses, each `kl` nats from the reference on average. */
  after(kl: number, samples: number): KlController
}

/** A constant price. */
export function fixedKl(beta: number): KlController {
  const controller: KlController = { beta, after: () => controller }
  return controller
}

/**
 * The log-space proportional controller of Ziegler et al. 2019, section 2.2:
 * β ← β·(1 + clip(KL/target − 1, −0.2, 0.2)·samples/horizon).
 */
export function adaptiveKl(beta: number, target: number, horizon: number): KlController {
  return {
    beta,
    after(kl, samples) {
      const error = Math.min(0.2, Math.max(-0.2, kl / target - 1))
      return adaptiveKl(beta * (1 + (error * samples) / horizon), target, horizon)
    },
  }
}
