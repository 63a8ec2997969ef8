/** The better direction of each metric of weights and reward models. That of other metrics is not known. */

export type Goal = 'min' | 'max'

/** The goals of the metrics, in the order in which a default metric is chosen. */
export const goals: Readonly<Record<string, Goal>> = {
  valid_loss: 'min',
  accuracy: 'max',
  reward: 'max',
  bits_per_byte: 'min',
  perplexity: 'min',
  train_loss: 'min',
  train_accuracy: 'max',
  calibration_error: 'min',
  brier: 'min',
  margin: 'max',
  kl: 'min',
}

/** The goal of a metric; `undefined` if it is not known. */
export function goalOf(metric: string): Goal | undefined {
  return Object.hasOwn(goals, metric) ? goals[metric] : undefined
}
