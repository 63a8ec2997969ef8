/** Writes weights as a folder that Hugging Face's `transformers` loads. */

import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { type StoredTensor, writeSafetensors } from '../weights/safetensors.ts'
import { type FloatType, fromFloat32, toFloat32 } from '../weights/safetensors-dtypes.ts'
import { type LoadedWeights, loadWeights, vocabularyIn } from '../weights/weights.ts'
import { checkFolder } from './check-folder.ts'
import type { Architecture, Layout, Sizes } from './layout.ts'
import { haveSameGraph, noLayout, standardCall } from './layout-of.ts'
import { layouts } from './layouts.ts'
import { loadOrigin, type Origin, originJson } from './origin.ts'
import { type TorchSource, writeOwnCode } from './own-code.ts'
import { theirs } from './their-tensor.ts'
import { typeName, writeSettings } from './write-settings.ts'

export interface WrittenFolder {
  /** The class that loads it. */
  readonly className: string
  readonly parameters: number
  /** For people: tensors that were rounded. */
  readonly notes: readonly string[]
}

/**
 * Writes config.json, generation_config.json, model.safetensors and the tokenizer with its chat template. For weights that were imported from
 * such a folder, settings that did not change are written as they were, and numbers in their formats there, or all in the format `types`.
 * If `transformers` has no class that computes the same (names are not trusted, the graphs are compared), the folder has the source of the model, which `emit` writes.
 * Throws a StageError if that is not possible, or if what is read back differs.
 */
export async function writeHuggingFace(
  folder: string,
  out: string,
  architecture: Architecture,
  types: 'as they came' | FloatType = 'as they came',
  emit?: TorchSource,
): Promise<WrittenFolder> {
  const { model, tensors } = loadWeights(folder)
  const found = await layoutIfAny(model, architecture, loadOrigin(folder))
  if (found === undefined) return writeWithCode(folder, out, { model, tensors }, types, emit)
  const { layout, sizes } = found
  const stored: Record<string, StoredTensor> = {}
  for (const their of layout.tensors(sizes)) stored[their.name] = theirs(their, tensors as Record<string, StoredTensor>)
  const origin = types === 'as they came' ? loadOrigin(folder) : undefined
  const dtype = types === 'as they came' ? (origin?.dtype ?? 'F32') : types
  const typeOf = (name: string) => origin?.dtypes[name] ?? dtype
  writeSafetensors(join(out, 'model.safetensors'), stored, { format: 'pt' }, typeOf)
  const vocab = stored[layout.table]!.shape[0]!
  writeSettings(folder, out, { layout, model, sizes, vocab, dtype })
  await checkFolder(out, { folder, layout, sizes, vocab, tensors: stored, typeOf }, architecture)
  const rounded = Object.entries(stored).filter(([name, { data }]) => !isExact(typeOf(name), data)).length
  // Who names a type asks for its rounding.
  const notes =
    rounded === 0 || types !== 'as they came'
      ? []
      : [
          `${rounded} of ${Object.keys(stored).length} tensors are rounded to ${typeName(dtype)}, the type in which they were imported: \`as hf_float32\` keeps every digit`,
        ]
  return {
    className: layout.className,
    parameters: Object.values(stored).reduce((sum, { data }) => sum + data.length, 0),
    notes,
  }
}

/** Whether a format holds all numbers without rounding. */
function isExact(type: FloatType, numbers: Float32Array): boolean {
  if (type === 'F32') return true
  // In parts, so that memory does not hold a large tensor three times.
  for (let at = 0; at < numbers.length; at += 1 << 20) {
    const part = numbers.subarray(at, at + (1 << 20))
    const rounded = toFloat32(type, fromFloat32(type, part))
    if (part.some((number, i) => number !== rounded[i])) return false
  }
  return true
}

/** The layout to write a model in: that of its import, else the first of its architecture. Throws a StageError if there is none. */
export async function layoutOf(
  model: ModelSpec,
  architecture: Architecture,
  origin: Origin | undefined,
): Promise<{ layout: Layout; sizes: Sizes }> {
  const found = await layoutIfAny(model, architecture, origin)
  if (found !== undefined) return found
  const { message, help } = noLayout(model)
  throw new StageError('unsupported-weights', message, help)
}

/** The same, or `undefined` if `transformers` has no class that computes the same. */
export async function layoutIfAny(
  model: ModelSpec,
  architecture: Architecture,
  origin: Origin | undefined,
): Promise<{ layout: Layout; sizes: Sizes } | undefined> {
  const called = standardCall(model)
  const standard = called && (await architecture(called.name, called.arguments).catch(() => undefined))
  if (called === undefined || standard === undefined || !haveSameGraph(model, standard)) return undefined
  const theirs = originJson(origin, 'config.json')?.model_type
  const layout = layouts.find((each) => each.modelType === theirs && each.architecture === called.name)
  return { layout: layout ?? called.layout, sizes: { ...standard.$arguments } as Sizes }
}

/** Writes weights of an architecture without a class, with the source that `emit` writes. */
async function writeWithCode(
  folder: string,
  out: string,
  { model, tensors }: LoadedWeights,
  types: 'as they came' | FloatType,
  emit: TorchSource | undefined,
): Promise<WrittenFolder> {
  if (emit === undefined) throw new Error('nothing writes the source of a model')
  const dtype = types === 'as they came' ? 'F32' : types
  const stored = tensors as Record<string, StoredTensor>
  const vocab = vocabularyIn(model, tensors)
  const className = await writeOwnCode(folder, out, { model, tensors: stored, vocab, dtype }, emit)
  const note = `transformers has no class for \`${model.$name}\`, so the folder has its code: load it with \`trust_remote_code=True\``
  const parameters = model.graph.weights.reduce((sum, { name }) => sum + tensors[name]!.data.length, 0)
  return { className, parameters, notes: [note] }
}
