/** Reads weights from a folder of Hugging Face's `transformers`. */

import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { JsonObject } from '../../core/values/json.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import { spanOf } from '../../engine/training-session.ts'
import { bind } from '../../model/bind.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { layOut } from '../weights/parameters.ts'
import { type FloatType, isFloatType } from '../weights/safetensors-dtypes.ts'
import { parsed } from './json-file.ts'
import { type Architecture, headName, type Layout, type Sizes, type TheirTensor } from './layout.ts'
import { layoutFor, modelTypes } from './layouts.ts'
import { type Origin, typesOf } from './origin.ts'
import { missing, noPlaceFor, TensorFolder, type TensorSource } from './tensor-folder.ts'
import { transpose } from './their-tensor.ts'

export interface ReadWeights {
  readonly model: ModelSpec
  readonly vocab: number
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** The formats of the numbers in the files. */
  readonly types: Pick<Origin, 'dtype' | 'dtypes'>
  /** For people: tensors and names that were not read as they are. */
  readonly notes: readonly string[]
}

/** The model that a config.json describes. */
export interface Described {
  readonly config: JsonObject
  readonly layout: Layout
  readonly sizes: Sizes
  readonly vocab: number
  /** For people: settings that are not followed. */
  readonly notes: readonly string[]
}

/** Reads a config.json. Throws a StageError if it does not describe a model of std.models, or if one of its numbers is impossible. */
export function describeModel(configFile: string): Described {
  return describeConfig(parsed(configFile), basename(configFile))
}

/** The same for the contents of a config.json; `name` is the file for messages. */
export function describeConfig(config: JsonObject, name: string): Described {
  const refuse = (why: string, help?: string) =>
    new StageError(
      'unsupported-weights',
      `${name} describes a model that llmpipe does not support: ${why}`,
      help ?? `llmpipe reads ${modelTypes}, in the shapes of std.models.`,
    )
  const found = layoutFor(config)
  if (found === undefined) {
    const { model_type: type } = config
    throw refuse(type === undefined ? 'it has no model_type' : `its model_type is ${JSON.stringify(type)}`)
  }
  if (config.quantization_config != null)
    throw refuse('its weights are quantized (quantization_config)', 'Save them in float32, float16 or bfloat16.')
  const { layout, read } = found
  if ('refused' in read) throw refuse(read.refused, read.help)
  const vocab = config.vocab_size
  if (vocab === undefined || vocab === null) throw refuse('its config.json has no number for vocab_size')
  if (typeof vocab !== 'number' || !Number.isSafeInteger(vocab) || vocab < 1)
    throw refuse(`its vocab_size is ${JSON.stringify(vocab)}, which is not a whole number of 1 or more`)
  return { config, layout, vocab, ...read }
}

/** The model of std.models that a config.json describes. */
export async function standardModel(
  { layout, sizes, vocab }: Described,
  architecture: Architecture,
): Promise<ModelSpec> {
  return architecture(layout.architecture, { ...sizes, vocab }).catch((error: Error) => {
    throw new StageError(
      'unsupported-weights',
      `config.json describes a model that llmpipe does not support: ${error.message}`,
      `llmpipe reads ${modelTypes}, in the shapes of std.models.`,
    )
  })
}

/**
 * Reads config.json and .safetensors files (float32, float16 or bfloat16, in one file or many) as a model of std.models. Throws a StageError
 * if it is another model, if a tensor is missing, unexpected or of another shape, or if a number is not finite.
 */
export async function readHuggingFace(
  configFile: string,
  weightFiles: readonly string[],
  architecture: Architecture,
): Promise<ReadWeights> {
  const described = describeModel(configFile)
  const stored = new TensorFolder(weightFiles)
  try {
    return await readTensors(stored, described, architecture)
  } finally {
    stored.close()
  }
}

/** Reads the tensors of a model that is described. */
export async function readTensors(
  stored: TensorSource,
  described: Described,
  architecture: Architecture,
): Promise<ReadWeights> {
  const { config, layout, sizes, vocab } = described
  // Checked before memory is allocated for that many layers.
  if (Number(sizes.layers) > stored.size)
    throw new StageError(
      'damaged-weights',
      `config.json has ${sizes.layers} layers, and the files hold ${stored.size} tensors`,
      'Get the whole folder again.',
    )
  const wanted = layout.tensors(sizes)
  const found = new Map<TheirTensor, string>()
  for (const their of wanted) {
    // A tied table may have either name.
    const names = their.name === layout.table && layout.isTied(sizes) ? [their.name, headName] : [their.name]
    const name = names.map((each) => stored.find(each, layout)).find((each) => each !== undefined)
    if (name !== undefined) found.set(their, name)
  }
  const used = new Set(found.values())
  const head = stored.find(headName, layout)
  if (layout.isTied(sizes) && head !== undefined && !used.has(head)) {
    checkTied(stored, head, stored.find(layout.table, layout)!)
    used.add(head)
  }
  const { buffers, others } = stored.unplaced(used, layout)
  if (others.length > 0) throw noPlaceFor(others, layout)
  for (const their of wanted) if (!found.has(their)) throw missing(their.name, layout, config.architectures)

  const model = await standardModel(described, architecture)
  const slots = layOut(bind(model.graph, { vocab }).weights)
  for (const [their, name] of found) checkShape(their, stored.entry(name).shape, slots)
  const parameters = new Float32Array(spanOf(slots))
  const types = new Map<string, FloatType>()
  for (const [their, name] of found) {
    const { dtype } = stored.entry(name)
    if (isFloatType(dtype)) types.set(their.name, dtype)
    place(stored, their, name, slots, parameters)
  }
  const notes = [...described.notes, ...stored.notes]
  if (buffers.length > 0)
    notes.push(
      buffers.length === 1
        ? `a tensor that follows from config.json was left out: ${buffers[0]}`
        : `${buffers.length} tensors that follow from config.json were left out: ${buffers[0]} and its like`,
    )
  return { model, vocab, slots, parameters, types: typesOf(types), notes }
}

/**
 * Checks a matrix that writes logits beside a table that config.json says does both: the two have to be equal, since transformers 4 uses the
 * table alone, and transformers 5 each for itself.
 */
function checkTied(stored: TensorSource, head: string, table: string): void {
  const [a, b] = [stored.read(head), stored.read(table)]
  const isSame = a.shape.join() === b.shape.join() && a.data.every((number, i) => number === b.data[i])
  if (isSame) return
  throw new StageError(
    'unsupported-weights',
    `config.json says that one table reads and writes tokens (tie_word_embeddings), and ${head} differs from ${table}`,
    'transformers 4 uses the table for both, transformers 5 uses each as it is. Choose: remove the tensor, or set `"tie_word_embeddings": false` in config.json.',
  )
}

function partsOf(their: TheirTensor, slots: readonly ParameterSlot[]): readonly ParameterSlot[] {
  return their.ours.map((name) => slots.find((slot) => slot.name === name)!)
}

function checkShape(their: TheirTensor, shape: readonly number[], slots: readonly ParameterSlot[]): void {
  const parts = partsOf(their, slots)
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0)
  const rest = parts[0]!.shape.slice(1)
  const ours = their.part === undefined ? [rows, ...rest] : rest
  const wanted = their.transposed ? ours.toReversed() : ours
  if (wanted.join() === shape.join()) return
  throw new StageError(
    'damaged-weights',
    `the tensor ${their.name} is [${shape.join(', ')}], and by config.json [${wanted.join(', ')}]`,
    'Get the whole folder again.',
  )
}

/** Copies the rows of a tensor into our weights. */
function place(
  stored: TensorSource,
  their: TheirTensor,
  name: string,
  slots: readonly ParameterSlot[],
  parameters: Float32Array,
): void {
  const tensor = stored.read(name)
  checkFinite(name, tensor.data)
  const { data } = their.transposed ? transpose(tensor) : tensor
  if (their.part !== undefined) {
    parameters.set(data, partsOf(their, slots)[0]!.start + their.part * data.length)
    return
  }
  let at = 0
  for (const { start, size } of partsOf(their, slots)) {
    parameters.set(data.subarray(at, at + size), start)
    at += size
  }
}

/** Throws a StageError if a number of a tensor is infinite or NaN. */
export function checkFinite(name: string, data: Float32Array): void {
  for (let i = 0; i < data.length; i++) {
    const number = data[i]!
    if (number - number === 0) continue
    throw new StageError(
      'damaged-weights',
      `the tensor ${name} holds ${number} (number ${i.toLocaleString('en')} of ${data.length.toLocaleString('en')})`,
      'A model with such a number gives no probabilities: its training diverged, or the file is corrupt.',
    )
  }
}
