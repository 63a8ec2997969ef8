/** Reports a training: progress after every step, metrics every few steps as means since the last report. */

import type { TrainingTask } from './task.ts'
import type { StepNumbers } from './training.ts'

export class Meter {
  readonly #task: Pick<TrainingTask<never>, 'emit' | 'hints'>
  readonly #steps: number
  #last: Partial<StepNumbers> = {}
  #since = performance.now()
  #count = 0
  #loss = 0
  #tokens = 0

  /** Of a training of `steps` steps; time counts from here. */
  constructor(task: Pick<TrainingTask<never>, 'emit' | 'hints'>, steps: number) {
    this.#task = task
    this.#steps = steps
  }

  /** Takes in a step that learned from `tokens` tokens; default: they are not counted. Returns whether metrics are due. */
  step(numbers: StepNumbers, tokens = 0): boolean {
    this.#last = numbers
    this.#count++
    this.#loss += numbers.loss
    this.#tokens += tokens
    const { emit, hints } = this.#task
    emit({ event: 'progress', done: numbers.done, total: this.#steps, unit: 'steps' })
    return numbers.done % hints.log_every === 0 || numbers.done === this.#steps
  }

  /** Emits the means since the last report, and `more`, whose numbers replace those of the same name. */
  report(more: Readonly<Record<string, number>> = {}): void {
    const { done = 0, learningRate = 0, gradientNorm = 0 } = this.#last
    const seconds = (performance.now() - this.#since) / 1000
    this.#task.emit({
      event: 'metric',
      step: done,
      loss: this.#loss / this.#count,
      ...(this.#tokens > 0 ? { tokensPerSecond: Math.round(this.#tokens / seconds) } : {}),
      ...more,
      learningRate,
      gradientNorm,
    })
    this.#since = performance.now()
    this.#count = this.#loss = this.#tokens = 0
  }

  /** Leaves the time since `start`, by performance.now(), out of the tokens a second. */
  exclude(start: number): void {
    this.#since += performance.now() - start
  }
}
