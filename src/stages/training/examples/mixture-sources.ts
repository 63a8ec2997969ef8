/** The sources of a training on a mixture: their epochs before it, and what was learned from each after it. */

import { StageError } from '../../../core/failure.ts'
import { isTooOften, stepsOfEpochs } from '../../../core/kind/epochs.ts'
import { type Mixture, phaseStart, sharesOverall } from '../../../core/kind/mixture.ts'
import type { SourceLearned } from '../../../core/report.ts'
import type { TokenReader } from '../../../text/tokens.ts'
import type { MixedTokens, Pretrained } from '../../../train/loops/pretrain.ts'
import type { StageOf } from '../../shared/define-kind.ts'
import { misfitOfPhases } from '../checks/mixture-misfit.ts'
import type { pretrain } from '../pretrain.ts'

interface Source {
  readonly name: string
  readonly tokens: TokenReader
}

/**
 * The steps of a training: those of the program, or as many as learn `epochs` times the tokens of all sources together, to the nearest
 * step and at least 1. Throws a StageError if a phase of the mixture does not begin within them.
 */
export function stepsOf(
  { steps, epochs, batch, accumulate, on: mixture }: StageOf<typeof pretrain>['settings'],
  sources: readonly Source[],
  context: number,
): number {
  if (steps !== undefined) return steps
  const tokens = sources.reduce((sum, each) => sum + each.tokens.length, 0)
  // The check of the program refuses a call with neither.
  const counted = stepsOfEpochs(epochs ?? 1, tokens, batch * accumulate * context)
  const misfit = mixture === undefined ? undefined : misfitOfPhases(mixture, counted)
  if (misfit === undefined) return counted
  throw new StageError('invalid-setting', misfit.message, misfit.help)
}

/** The mixture for the loop, whose phases start at steps. */
export function mixedTokens({ phases }: Mixture, sources: readonly Source[], steps: number): MixedTokens {
  return { sources, phases: phases.map((phase) => ({ start: phaseStart(phase, steps), shares: phase.shares })) }
}

/**
 * Throws a StageError if the training would learn a source more often than `max_epochs`. The half step that a training that counts epochs may
 * have more does not count.
 */
export function limitEpochs(
  { settings, hints }: Pick<StageOf<typeof pretrain>, 'settings' | 'hints'>,
  sources: readonly Source[],
  context: number,
  steps: number,
): void {
  const { max_epochs: most } = hints
  if (most === undefined) return
  const { batch, accumulate, on: mixture } = settings
  const shares = mixture === undefined ? [1] : sharesOverall(mixture, steps)
  const perStep = batch * accumulate * context
  const rounding = settings.epochs === undefined ? 0 : perStep / 2
  const tooOften = sources
    .map(({ name, tokens: { length } }, i) => ({ name, tokens: length, share: shares[i]! }))
    .filter(({ tokens, share }) =>
      isTooOften(most, { learned: share * steps * perStep, tokens, rounding: share * rounding }),
    )
    .map(({ name, tokens, share }) => ({ name, epochs: (share * steps * perStep) / tokens }))
  if (tooOften.length === 0) return
  const list = tooOften.map(({ name, epochs }) => `\`${name}\` ${epochs.toFixed(2)} times`).join(', ')
  throw new StageError(
    'too-many-epochs',
    `this training would learn ${list}, and max_epochs is ${most}`,
    'Give these sources a smaller share, train for fewer steps or epochs, or raise `max_epochs`.',
  )
}

export function sourceLearned(
  { name, tokens }: Source,
  learned: NonNullable<Pretrained['sources']>[number],
): SourceLearned {
  const epochs = learned.tokens / tokens.length
  return { name, tokens: learned.tokens, epochs, ...(learned.loss === undefined ? {} : { loss: learned.loss }) }
}

/** The metrics of sources, by their place: the names that a program gives them are not part of the key. */
export function metricsOf(sources: readonly SourceLearned[]): Record<string, number> {
  const indexed = (name: string, measure: (source: SourceLearned) => number | undefined) =>
    sources.flatMap((source, i) => {
      const value = measure(source)
      return value === undefined ? [] : [[`${name}[${i}]`, value] as const]
    })
  return Object.fromEntries([
    ...indexed('train_loss', ({ loss }) => loss),
    ...indexed('epochs', ({ epochs }) => epochs),
    ...indexed('tokens', ({ tokens }) => tokens),
  ])
}
