/** The loss terms of a model (`loss_term` of architectures) in trainings: reported as metrics, or ignored with a warning. */

import type { StageEvent } from '../../core/event.ts'
import type { Tensors } from '../../engine/engine.ts'
import { lookahead } from '../../model/causality.ts'
import type { Graph } from '../../model/graph.ts'
import { lossTerms, termOutput } from '../../model/training/loss.ts'

/** Means of the cross entropy and of each loss term since the last report. Without loss terms there are none. */
export class TermMeter {
  readonly #names: readonly string[]
  readonly #sums = new Map<string, number>()
  #count = 0

  constructor(model: Graph) {
    this.#names = lossTerms(model)
  }

  /** Takes in the outputs of the batches of a step, whose loss is their sum over `batches`. */
  step(outputs: readonly Tensors[], batches = 1): void {
    this.#count++
    for (const name of this.#names.length === 0 ? [] : ['crossEntropy', ...this.#names.map(termOutput)])
      for (const each of outputs) this.#sums.set(name, (this.#sums.get(name) ?? 0) + each[name]!.data[0]! / batches)
  }

  /** The scalars of a metric, `crossEntropy` and `term[z_loss]`; the next means begin. */
  take(): Record<string, number> {
    const mean = (name: string) => (this.#sums.get(name) ?? 0) / this.#count
    const scalars =
      this.#names.length === 0
        ? {}
        : {
            crossEntropy: mean('crossEntropy'),
            ...Object.fromEntries(this.#names.map((name) => [`term[${name}]`, mean(termOutput(name))])),
          }
    this.#sums.clear()
    this.#count = 0
    return scalars
  }
}

/** Logs a warning if a model has loss terms, for a training whose loss does not have them. */
export function warnOfIgnoredTerms(model: Graph, emit: (event: StageEvent) => void): void {
  const names = lossTerms(model)
  if (names.length === 0) return
  const all = names.map((name) => `\`${name}\``).join(', ')
  const [terms, are] = names.length === 1 ? ['The loss term', 'is'] : ['The loss terms', 'are']
  const message = `${terms} ${all} of the model ${are} ignored: only \`pretrain\` and \`sft\` add loss terms to their loss`
  emit({ event: 'log', level: 'warning', message })
}

/**
 * Logs a warning if a model, not yet bound to sizes, has loss terms that mix the tokens of a row, for a training whose rows hold several
 * texts and padding.
 */
export function warnOfMixedTerms(model: Graph, emit: (event: StageEvent) => void): void {
  const mixed = lossTerms(model).filter(
    (name) => lookahead(model.nodes, model.outputs[termOutput(name)]!) !== undefined,
  )
  if (mixed.length === 0) return
  const [terms, are] = mixed.length === 1 ? ['The loss term', 'is'] : ['The loss terms', 'are']
  const all = mixed.map((name) => `\`${name}\``).join(', ')
  const depends = mixed.length === 1 ? 'it depends' : 'they depend'
  const message = `${terms} ${all} of the model ${are} computed over whole rows, which here hold several texts and padding: ${depends} on the texts that share a row. A term of each token, [batch, time], does not`
  emit({ event: 'log', level: 'warning', message })
}
