/** Detects training that diverged, before it wastes more time. */

import { StageError } from '../../core/failure.ts'

/** The number of steps whose mean loss is checked. */
const window = 50

/** A training has diverged once its mean loss is this many times the loss of guessing. */
const factor = 1.5

/**
 * Throws a StageError `diverged` if the loss or the norm of the gradient is not finite, or if, after 100 steps, the mean loss of the last
 * 50 is more than 1.5 times the loss of guessing among `vocab` ids, log(vocab).
 */
export function checkDivergence(step: number, losses: readonly number[], gradientNorm: number, vocab: number): void {
  checkFinite(step, losses, gradientNorm)
  if (step < 2 * window || losses.length < window) return
  const mean = losses.slice(-window).reduce((sum, each) => sum + each, 0) / window
  if (mean > factor * Math.log(vocab))
    throw diverged(
      step,
      `the loss rose to ${mean.toFixed(3)}, far above guessing (${Math.log(vocab).toFixed(3)})`,
      losses,
    )
}

/**
 * Throws a StageError `diverged` if the last loss or the norm of the gradient is not finite. `losses` are those of the last steps; if there is
 * only one, it is the loss of the initial weights, and the learning rate is not to blame.
 */
export function checkFinite(step: number, losses: readonly number[], gradientNorm: number): void {
  const loss = losses.at(-1)!
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return
  const what = Number.isFinite(loss) ? `the gradient became ${gradientNorm}` : `the loss became ${loss}`
  throw losses.length > 1 ? diverged(step, what, losses) : neverFinite(what)
}

/** The losses to remember for the next check. */
export function remember(losses: readonly number[], loss: number): number[] {
  return [...losses.slice(-(window - 1)), loss]
}

function diverged(step: number, what: string, losses: readonly number[]): StageError {
  const last = losses.slice(-6).map((loss) => loss.toFixed(3))
  return new StageError(
    'diverged',
    `training diverged at step ${step.toLocaleString('en-US')}: ${what} (losses before: ${last.join(', ')})`,
    'Lower the learning rate (optimizer: adamw(lr: …)), lengthen the warm-up, or clip gradients (clip: 1).',
  )
}

function neverFinite(what: string): StageError {
  return new StageError(
    'diverged',
    `training failed at step 1: ${what} before any weight was changed`,
    'The learning rate is not the cause. Look for weights that are NaN or infinite, for a temperature near 0, and for operations of the model that overflow (exp, log and div of what can be 0).',
  )
}
