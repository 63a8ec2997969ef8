/**
 * Mixtures: an input that takes one corpus can take several, each with its share of the tokens, and other shares from some step of the
 * training on: `on: [mix(web: 90%, code: 10%), mix(web: 60%, books: 40%, from: 80%)]`.
 */

import type { SettingSchema, SettingsSchema } from './setting.ts'

/** The group of values that a mixture is written as. */
export const mixName = 'mix'

/** The param of a role that takes a mixture. The artefacts of the role are its sources, in the order in which they are first named. */
export interface Mixture {
  readonly phases: readonly MixturePhase[]
  /** The phases as a program writes them, for people. */
  readonly $phases: string
}

export interface MixturePhase {
  /** The step before which the phase begins: a number of steps, or below 1 a part of them. The first phase begins at 0. */
  readonly from: number
  /** The share of each source in the tokens of the phase, 0 to 1; they add up to 1. A source with 0 does not occur in the phase. */
  readonly shares: readonly number[]
}

export const shareSetting: SettingSchema = {
  type: 'number',
  unit: 'fraction',
  exclusiveMinimum: 0,
  description: 'The share of the tokens that come from this source. The shares of a mixture add up to 100%.',
}

/** The settings of `mix`. All other names are those of its sources. */
export const mixSettings = {
  description:
    'Several corpora in one training: `mix(web: 70%, code: 30%)`. Each argument is a source by the name of its binding, with its share of the tokens; the shares add up to 100%.',
  properties: {
    from: {
      type: 'number',
      minimum: 0,
      countOrPart: true,
      default: 0,
      description:
        'Where the mixture begins, in a list of several: a part of the steps (80%), or a number of steps (5_000).',
    },
  },
} as const satisfies SettingsSchema

/** The number of steps before a phase begins, in a training of `steps` steps. */
export function phaseStart({ from }: MixturePhase, steps: number): number {
  return from < 1 ? Math.round(from * steps) : from
}

/** How many of the first steps have the same shares in every longer training: those before the first phase that begins at a part of the steps. */
export function sharedByMixture({ phases }: Mixture, steps: number): number {
  const relative = phases.find(({ from }) => from > 0 && from < 1)
  return relative === undefined ? steps : Math.min(steps, phaseStart(relative, steps))
}

/** The share of each source in all steps of a training. */
export function sharesOverall({ phases }: Mixture, steps: number): number[] {
  const total = new Array<number>(phases[0]?.shares.length ?? 0).fill(0)
  for (const [index, phase] of phases.entries()) {
    const next = phases[index + 1]
    const end = next === undefined ? steps : phaseStart(next, steps)
    const part = Math.max(0, Math.min(end, steps) - phaseStart(phase, steps)) / steps
    for (const [source, share] of phase.shares.entries()) total[source]! += part * share
  }
  return total
}
