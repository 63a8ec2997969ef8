/** The kind `average`: averages the weights of several trainings of one model. */

import type { Misfit } from '../../core/kind/kind.ts'
import type { Graph } from '../../model/graph.ts'
import { computeTheSame, fitOf, misfitsInWords } from '../../model/training/fit.ts'
import { defineKind } from '../shared/define-kind.ts'

export const average = defineKind({
  name: 'average',
  version: 1,
  summary: 'Averages the weights of several trainings of one model.',
  documentation: `\`stage soup = average(a, b, c)\` is the mean of each number (model soups, Wortsman et al. 2022), \`average(a, b, weights: [0.7, 0.3])\` a
weighted one. All need the same architecture, the same tokenizer and the same chat template. It works for trainings that began with the
same weights: the average of models that began elsewhere computes nothing useful.

An adapter that lies beside weights is added to them first, so that \`average(base, adapted)\` takes half of an adapter. Numbers are summed in
double precision.`,
  inputs: {
    of: { kinds: ['Weights'], list: true, named: true, description: 'The weights to average, at least two.' },
  },
  settings: {
    weights: {
      type: 'array',
      minItems: 2,
      optional: true,
      items: { type: 'number', description: 'The share of one of them.' },
      description: 'The share of each in the average, in their order; the sum is 1. Default: equal shares.',
    },
  },
  positional: [],
  rest: 'of',
  outputs({ inputs: { of }, settings: { weights }, graphOf }) {
    const misfit = misfitOfShares(of.length, weights)
    if (misfit !== undefined) return misfit
    const [first, ...others] = of
    const graph = graphOf?.(first!.model) as Graph | undefined
    for (const each of others) {
      if (each.template !== first!.template)
        return {
          code: 'template-mismatch',
          at: 'of',
          message: 'The weights have different chat templates',
          help: 'Average weights that were fine-tuned with the same template.',
        }
      const given = graphOf?.(each.model) as Graph | undefined
      if (graph === undefined || given === undefined) continue
      const { misfits, grown } = fitOf(graph, new Map(given.weights.map(({ name, shape }) => [name, shape])))
      if (misfits.length + grown.size > 0)
        return {
          code: 'invalid-setting',
          at: 'of',
          message: `The weights are of different models: ${misfitsInWords([...misfits, ...grown.keys()])}`,
          help: 'Average trainings of one model.',
        }
      // Models of which only one knows the number of token ids are compared when the stage runs.
      const sizes = [graph, given].map(({ weights }) => weights.map(({ shape }) => shape.join()).join(';'))
      if (sizes[0] === sizes[1] && !computeTheSame(graph, given)) return differentModels
    }
    return [{ name: 'out', type: first! }]
  },
  metrics: () => ['parameters', 'models'],
  resources: () => ({ cpus: 1, memory: 2 * 1024 ** 3 }),
  load: () => import('./average.run.ts'),
})

const differentModels: Misfit = {
  code: 'invalid-setting',
  at: 'of',
  message: 'The weights are of different models: their weights have the same shapes, but they compute something else',
  help: 'Average trainings of one model. Compare its heads, its positions and its norms.',
}

function misfitOfShares(count: number, shares: readonly number[] | undefined): Misfit | undefined {
  if (count < 2)
    return {
      code: 'wrong-count',
      at: 'of',
      message: 'There is nothing to average: it needs at least two',
      help: 'Write `average(a, b)`.',
    }
  if (shares === undefined) return undefined
  if (shares.length !== count)
    return {
      code: 'wrong-count',
      at: 'weights',
      other: 'of',
      message: `There are ${count} models and ${shares.length} shares`,
      help: 'Give one number for each, in their order.',
    }
  const sum = shares.reduce((all, each) => all + each, 0)
  if (Math.abs(sum - 1) < 1e-6) return undefined
  return {
    code: 'invalid-setting',
    at: 'weights',
    message: `The shares sum to ${Number(sum.toPrecision(6))}, not to 1`,
    help: `Divide each by their sum: \`weights: [${shares.map((each) => Number((each / sum).toPrecision(6))).join(', ')}]\`.`,
  }
}
