/** Which of a stage's scalars people look at first, and what they are called. */

export interface Measurement {
  readonly name: string
  readonly label: string
  readonly value: number
}

/** Of learning from rewards. */
const ofPolicy = {
  reward: 'reward',
  kl: 'KL',
  entropy: 'entropy',
  clipFraction: 'clip fraction',
  length: 'length',
} as const

/** Of learning from text. */
const ofLoss = { loss: 'loss', validLoss: 'held-out' } as const

/** Those that are known, in the order that they matter in. */
export function measurements(scalars: Readonly<Record<string, number>>): Measurement[] {
  const labels = scalars.reward === undefined ? ofLoss : ofPolicy
  return Object.entries(labels).flatMap(([name, label]) => {
    const value = scalars[name]
    return value === undefined ? [] : [{ name, label, value }]
  })
}
