/** The Weights artefact: a folder with the weights, their model, and the tokenizer. */

import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Tensor, Tensors } from '../../engine/engine.ts'
import type { Dim } from '../../model/ops.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { tokenizerFiles } from '../../text/load.ts'
import { parsed } from '../hugging-face/json-file.ts'
import { originFile } from '../hugging-face/origin.ts'
import { type LoadedAdapter, loadAdapter, mergeAdapter } from './lora.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'

/**
 * Writes `model.safetensors`, `model.json` (the tensor graph), `config.json` (the sizes), `metrics.json` (final scalars) and copies of the
 * tokenizer and, for imported weights, of their origin. The bytes do not depend on when, where or how fast the weights were made.
 */
export function saveWeights(
  folder: string,
  weights: {
    readonly model: ModelSpec
    /** The weights of the model by name; others are left out. */
    readonly tensors: Tensors
    readonly vocab: number
    /** The folder that the tokenizer's files are copied from. */
    readonly tokenizer: string
    readonly metrics: Readonly<Record<string, number>>
    /** Whether the settings of the folder of Hugging Face, from which the weights came, still describe them; default true. */
    readonly keepsOrigin?: boolean
  },
): void {
  const { model, tensors } = weights
  const names = model.graph.weights.map(({ name }) => name).sort()
  const stored = Object.fromEntries(names.map((name) => [name, tensors[name] as StoredTensor]))
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
  if (weights.keepsOrigin !== false && existsSync(origin)) copyFileSync(origin, join(folder, originFile))
}

export interface LoadedWeights {
  readonly model: ModelSpec
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** Reads the artefact in `folder`, and merges an adapter in it. Throws a StageError if the folder holds no weights, or if one is missing. */
export function loadWeights(folder: string): LoadedWeights {
  const { model, tensors, adapter } = loadWithAdapter(folder)
  return { model, tensors: adapter === undefined ? tensors : mergeAdapter(tensors, adapter) }
}

/** The same with the adapter beside the weights; `undefined` if the folder has none. */
export function loadWithAdapter(folder: string): LoadedWeights & { readonly adapter: LoadedAdapter | undefined } {
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
  return { model, tensors, adapter: loadAdapter(folder, model) }
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

/** The size of the vocabulary of weights, which a tokenizer may have decided. */
export function vocabularyIn({ vocab, graph }: ModelSpec, tensors: Tensors): number {
  if (typeof vocab === 'number') return vocab
  for (const { name, shape } of graph.weights) {
    const at = shape.indexOf(vocab)
    if (at !== -1) return tensors[name]!.shape[at]!
  }
  throw new Error('no weight of the model has the size of its vocabulary')
}
