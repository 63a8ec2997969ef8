/** The misfit of a training that puts a head on a language model, if the model has no place for it. */

import type { Misfit } from '../../../core/kind/kind.ts'
import type { Graph } from '../../../model/graph.ts'
import { hiddenStateOf } from '../../../model/training/heads.ts'
import type { AdaptedCall } from '../settings/adaptation-settings.ts'

/** A misfit if the model has no hidden state that its logits are a product of; none if only the run knows the model. */
export function misfitOfHead({ inputs, graphOf }: Pick<AdaptedCall, 'inputs' | 'graphOf'>): Misfit | undefined {
  const graph = graphOf?.(inputs.weights.model) as Graph | undefined
  if (graph === undefined || hiddenStateOf(graph) !== undefined) return undefined
  return {
    code: 'invalid-setting',
    at: 'weights',
    message: 'The model has no hidden state to put a head on: its logits are not the product of one and a table',
    help: 'End the model with one `linear(x, vocab)`, as those of std.models do.',
  }
}
