/** The Weights artefact: a folder with the weights, their model, and the tokenizer. */

import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Tensor } from '../../engine/engine.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import type { Dim } from '../../model/ops.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { tokenizerFiles } from '../../text/load.ts'
import { parsed } from '../hugging-face/json-file.ts'
import { originFile } from '../hugging-face/origin.ts'
import { loadAdapter, mergeAdapter } from './lora.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'

/**
 * Writes `model.safetensors`, `model.json` (the tensor graph), `config.json` (the sizes), `metrics.json` (final scalars) and copies of the
 * tokenizer and, for imported weights, of their origin. The bytes do not depend on when, where or how fast the weights were made.
 */
export function saveWeights(
  folder: string,
  weights: {
    readonly model: ModelSpec
    readonly slots: readonly ParameterSlot[]
    readonly parameters: Float32Array
    readonly vocab: number
    /** The folder that the tokenizer's files are copied from. */
    readonly tokenizer: string
    readonly metrics: Readonly<Record<string, number>>
  },
): void {
  const { model, slots, parameters } = weights
  const stored = Object.fromEntries(
    [...slots]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, shape, start, size }) => [name, { shape, data: parameters.subarray(start, start + size) }]),
  )
  writeSafetensors(join(folder, 'model.safetensors'), stored)
  const write = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 1)}\n`)
  write('model.json', model)
  const { $name, $arguments, context } = model
  write('config.json', {
    architectures: [$name],
    ...$arguments,
    vocab_size: weights.vocab,
    max_position_embeddings: context,
  })
  write('metrics.json', weights.metrics)
  for (const name of tokenizerFiles) copyFileSync(join(weights.tokenizer, name), join(folder, name))
  const origin = join(weights.tokenizer, originFile)
  if (existsSync(origin)) copyFileSync(origin, join(folder, originFile))
}

export interface LoadedWeights {
  readonly model: ModelSpec
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** Reads the artefact in `folder`, and merges an adapter in it. Throws a StageError if the folder holds no weights, or if one is missing. */
export function loadWeights(folder: string): LoadedWeights {
  const path = join(folder, 'model.json')
  if (!existsSync(path))
    throw new StageError(
      'no-weights',
      `${folder} holds no weights: there is no model.json`,
      'Name a trained stage or its folder.',
    )
  const model = modelIn(path)
  const stored = readSafetensors(join(folder, 'model.safetensors')).tensors
  let vocab: Dim = model.vocab
  for (const { name, shape } of model.graph.weights) {
    const found = stored[name]?.shape
    if (found === undefined) throw new StageError('damaged-weights', `${folder}: the weight ${name} is missing`)
    // A vocabulary that the tokenizer decides has the same size in all weights.
    const at = shape.indexOf('vocab')
    if (typeof vocab !== 'number' && at !== -1) vocab = found[at] ?? vocab
    const wanted = shape.map((size) => (size === 'vocab' ? vocab : size))
    if (wanted.join() === found.join()) continue
    throw new StageError(
      'damaged-weights',
      `${folder}: the weight ${name} is [${found.join(', ')}], and by model.json [${wanted.join(', ')}]`,
    )
  }
  const tensors = Object.fromEntries(
    Object.entries(stored).map(([name, tensor]) => [name, { dtype: 'float32', ...tensor } as Tensor]),
  )
  const adapter = loadAdapter(folder, model)
  return { model, tensors: adapter === undefined ? tensors : mergeAdapter(tensors, adapter) }
}

/** The model in a model.json. Throws a StageError if the file holds something else. */
function modelIn(path: string): ModelSpec {
  const json = parsed(path) as unknown as Partial<ModelSpec>
  const { graph } = json
  const isGraph = Array.isArray(graph?.nodes) && Array.isArray(graph.weights)
  if (isGraph && typeof json.context === 'number' && (typeof json.vocab === 'number' || json.vocab === 'vocab'))
    return json as ModelSpec
  throw new StageError('damaged-weights', `${path} does not describe a model`, 'Get the whole folder again.')
}
