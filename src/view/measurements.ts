/** The scalars of a stage that people look at first, with their labels. */

export interface Measurement {
  readonly name: string
  readonly label: string
  readonly value: number
}

/** For training by rewards. */
const ofPolicy = {
  reward: 'reward',
  kl: 'KL',
  entropy: 'entropy',
  clipFraction: 'clip fraction',
  length: 'length',
} as const

/** For training on text. */
const ofLoss = { loss: 'loss', validLoss: 'held-out' } as const

/** The measurements that `scalars` has, in the order in which they matter. */
export function measurements(scalars: Readonly<Record<string, number>>): Measurement[] {
  const labels = scalars.reward === undefined ? ofLoss : ofPolicy
  return Object.entries(labels).flatMap(([name, label]) => {
    const value = scalars[name]
    return value === undefined ? [] : [{ name, label, value }]
  })
}
