/** Weights from a folder of Hugging Face's `transformers`. */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { JsonObject } from '../../core/json.ts'
import { bind } from '../../model/bind.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { layOut, type ParameterSlot, spanOf } from '../parameters.ts'
import { readSafetensors, type StoredTensor } from '../safetensors.ts'
import { type Architecture, type Layout, layouts, type TheirTensor } from './layouts.ts'
import { transpose } from './write.ts'

export interface ReadWeights {
  readonly model: ModelSpec
  readonly vocab: number
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** What was not taken as it is; for people. */
  readonly notes: readonly string[]
}

/**
 * Reads config.json and all .safetensors files of a folder (float32, float16 or bfloat16, in one file or many) as a model of std.models.
 * A StageError where it is no such model, or where a tensor is missing or of another shape.
 */
export async function readHuggingFace(
  configFile: string,
  weightFiles: readonly string[],
  architecture: Architecture,
): Promise<ReadWeights> {
  const config = parsed(configFile)
  const refuse = (why: string) =>
    new StageError(
      'unsupported-weights',
      `${basename(configFile)} describes a model that llmpipe cannot be: ${why}`,
      `Known are ${layouts.map((each) => each.modelType).join(' and ')}, in the shapes of std.models.`,
    )
  const layout = layouts.find((each) => each.modelType === config.model_type)
  if (layout === undefined) throw refuse(`its model_type is ${JSON.stringify(config.model_type)}`)
  const sizes = layout.sizes(config)
  if (typeof sizes === 'string') throw refuse(sizes)
  const vocab = config.vocab_size
  if (typeof vocab !== 'number') throw refuse('its config.json has no number vocab_size')

  const model = await architecture(layout.architecture, { ...sizes, vocab }).catch((error: Error) => {
    throw refuse(error.message)
  })
  const stored: Record<string, StoredTensor> = {}
  for (const file of weightFiles) Object.assign(stored, readSafetensors(file).tensors)
  const notes: string[] = []
  const slots = layOut(bind(model.graph, { vocab }).weights)
  const parameters = new Float32Array(spanOf(slots))
  for (const their of layout.tensors(sizes)) {
    const tensor = find(stored, layout, their, config, notes)
    place(tensor, their, slots, parameters)
  }
  return { model, vocab, slots, parameters, notes }
}

function parsed(file: string): JsonObject {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonObject
  } catch (error) {
    throw new StageError('damaged-weights', `${basename(file)} is not JSON: ${(error as Error).message}`)
  }
}

/** A tensor by its name, with or without what the class of the whole model puts before it. */
function find(
  stored: Readonly<Record<string, StoredTensor>>,
  { prefix }: Layout,
  { name }: TheirTensor,
  config: JsonObject,
  notes: string[],
): StoredTensor {
  const found = stored[name] ?? (name.startsWith(prefix) ? stored[name.slice(prefix.length)] : undefined)
  if (found !== undefined) return found
  const table = stored[`${prefix}embed_tokens.weight`] ?? stored['embed_tokens.weight']
  if (name === 'lm_head.weight' && config.tie_word_embeddings === true && table !== undefined) {
    notes.push(
      'the model reads and writes tokens by one table: it has a copy of it for writing now, which learns by itself',
    )
    return table
  }
  throw new StageError('damaged-weights', `the tensor ${name} is missing`, 'Get the whole folder again.')
}

/** Puts the rows of a tensor into our weights. */
function place(tensor: StoredTensor, their: TheirTensor, slots: readonly ParameterSlot[], parameters: Float32Array) {
  const parts = their.ours.map((name) => slots.find((slot) => slot.name === name)!)
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0)
  const ours = [rows, ...parts[0]!.shape.slice(1)]
  const wanted = their.transposed ? ours.toReversed() : ours
  if (wanted.join() !== tensor.shape.join())
    throw new StageError(
      'damaged-weights',
      `the tensor ${their.name} is [${tensor.shape.join(', ')}], and by config.json [${wanted.join(', ')}]`,
      'Get the whole folder again.',
    )
  const { data } = their.transposed ? transpose(tensor) : tensor
  let at = 0
  for (const { start, size } of parts) {
    parameters.set(data.subarray(at, at + size), start)
    at += size
  }
}
