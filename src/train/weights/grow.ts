/** Weights put in a larger model: more tokens, or a longer context. */

import { StageError } from '../../core/failure.ts'
import type { Tensor, Tensors } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { GraphBuilder } from '../../model/build.ts'
import { copyInto, finishCopy } from '../../model/rewrite.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { fitOf, hasTableOfPositions, misfitsInWords, tokenWeights } from '../../model/training/fit.ts'

export interface Grown {
  readonly tensors: Tensors
  /** A sentence for people about each weight that has new rows. */
  readonly notes: readonly string[]
}

/**
 * The weights as those of `model`. New rows of tables of tokens are the mean of the rows before, as transformers initializes them. Throws a
 * StageError if a weight does not fit.
 */
export function grownTo(model: ModelSpec, vocab: number, tensors: Tensors): Grown {
  const graph = bind(model.graph, { vocab })
  const { misfits, grown } = fitOf(graph, new Map(Object.entries(tensors).map(([name, { shape }]) => [name, shape])))
  if (misfits.length > 0)
    throw new StageError(
      'weights-misfit',
      `the weights do not fit the model: ${misfitsInWords(misfits)}`,
      'Give the model the sizes of the weights. More ids of the vocabulary and, with rotary positions, a longer context fit too.',
    )
  const notes = [...grown].map(
    ([name, { before, after }]) =>
      `${name}: ${count(after - before)} new rows, each the mean of the ${count(before)} rows before`,
  )
  const all = Object.entries(tensors).map(([name, tensor]): [string, Tensor] => {
    const rows = grown.get(name)
    return [name, rows === undefined ? tensor : withMeanRows(tensor, rows.after)]
  })
  return { tensors: Object.fromEntries(all), notes }
}

/** The model with `vocab` ids in place of a smaller number. Throws a StageError if another size of the model is the same number. */
export function withVocabulary(model: ModelSpec, vocab: number): ModelSpec {
  const before = model.vocab
  if (before === vocab || typeof before === 'string') return model
  const builder = new GraphBuilder()
  const place = copyInto(builder, model.graph, undefined, (dim) => (dim === before ? vocab : dim))
  const graph = finishCopy(builder, model.graph, place)
  const byToken = tokenWeights(model.graph)
  const shapes = new Map(model.graph.weights.map(({ name, shape }) => [name, shape.join()]))
  const other = graph.weights.find(({ name, shape }) => !byToken.has(name) && shapes.get(name) !== shape.join())
  if (other !== undefined)
    throw new StageError(
      'weights-misfit',
      `the model has ${count(before)} ids, the tokenizer has ${count(vocab)}, and ${other.name} has a size of ${count(before)} for another reason`,
      'Declare the model with the new size, and give it besides `from`: `model larger = llama(vocab: …)`.',
    )
  return { ...model, vocab, graph, $arguments: { ...model.$arguments, vocab } }
}

/** The model for texts of up to `context` tokens. Throws a StageError if its positions are a table, which ends before. */
export function withContext(model: ModelSpec, context: number): ModelSpec {
  if (context <= model.context) return model
  if (hasTableOfPositions(model.graph))
    throw new StageError(
      'invalid-setting',
      `context is ${count(context)}, and the model has learned a table of ${count(model.context)} positions`,
      'Lower it. Only models with rotary positions can be trained further with a longer context.',
    )
  const { $arguments } = model
  return { ...model, context, $arguments: 'context' in $arguments ? { ...$arguments, context } : $arguments }
}

/** A matrix [rows, …] or a vector [rows] with more rows. */
function withMeanRows({ shape, data }: Tensor, rows: number): Tensor {
  const [before = 0, ...rest] = shape
  const width = data.length / before
  const all = new Float32Array(rows * width)
  all.set(data)
  for (let column = 0; column < width; column++) {
    let sum = 0
    for (let row = 0; row < before; row++) sum += data[row * width + column]!
    for (let row = before; row < rows; row++) all[row * width + column] = sum / before
  }
  return { dtype: 'float32', shape: [rows, ...rest], data: all }
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
