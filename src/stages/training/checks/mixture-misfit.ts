/** Checks a mixture: the tokenizers of its sources, and the beginnings of its phases. */

import type { ArtefactTypeOf } from '../../../core/artefact.ts'
import type { Misfit } from '../../../core/kind/kind.ts'
import { type Mixture, phaseStart } from '../../../core/kind/mixture.ts'

interface Mixed {
  /** `undefined` if only the run knows it: the training counts epochs. */
  readonly steps?: number
  readonly on?: Mixture
  readonly $on?: readonly string[]
}

/** A misfit if the sources have different tokenizers, or if a phase of the mixture never begins. */
export function misfitOfMixture(sources: readonly ArtefactTypeOf<'Tokens'>[], mixed: Mixed): Misfit | undefined {
  const { on: mixture, $on: names = [], steps } = mixed
  if (mixture === undefined) return undefined
  const other = sources.findIndex(({ tokenizer }) => tokenizer !== sources[0]?.tokenizer)
  if (other !== -1)
    return {
      code: 'tokenizer-mismatch',
      at: 'on',
      message: `The tokens of \`${names[0]}\` are of the tokenizer \`${sources[0]?.tokenizer}\`, those of \`${names[other]}\` of \`${sources[other]?.tokenizer}\``,
      help: 'Encode all sources of a mixture with the same tokenizer.',
    }
  if (steps !== undefined) return misfitOfPhases(mixture, steps)
  // Parts of the steps can be compared without their number.
  return mixture.phases.every(({ from }) => from < 1) ? misfitOfPhases(mixture, manySteps) : undefined
}

/** A number of steps that is large enough for different parts of them to begin at different steps. */
const manySteps = 1e12

/** A misfit if a phase of the mixture never begins in a training of `steps` steps. */
export function misfitOfPhases({ phases }: Mixture, steps: number): Misfit | undefined {
  const starts = phases.map((phase) => phaseStart(phase, steps))
  for (const [index, start] of starts.entries()) {
    const problem = problemOf(index, start, starts[index - 1] ?? 0, steps)
    if (problem !== undefined) return { code: 'invalid-setting', at: `on.phases.${index}.from`, ...problem }
  }
  return undefined
}

function problemOf(index: number, start: number, before: number, steps: number) {
  if (index === 0)
    return start === 0
      ? undefined
      : { message: 'The first mixture has to begin with the training', help: 'Leave its `from` out.' }
  if (start <= before)
    return {
      message: `This mixture begins after step ${start}, and the one before it after step ${before}: the mixtures of a list follow each other`,
      help: 'Give each mixture a later `from` than the one before it.',
    }
  return start < steps
    ? undefined
    : { message: `This mixture begins after step ${start}, and the training has ${steps}`, help: 'Begin it earlier.' }
}
