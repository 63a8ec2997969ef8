/** Which way each metric of weights and reward models is better; of others that is not known. */

export type Goal = 'min' | 'max'

/** In the order in which they are looked at, where nobody says which one counts. */
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

/** The goal of a metric. */
export function goalOf(metric: string): Goal | undefined {
  return Object.hasOwn(goals, metric) ? goals[metric] : undefined
}
