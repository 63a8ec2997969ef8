/** Writes weights as a folder that Hugging Face's `transformers` loads. */

import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { type StoredTensor, writeSafetensors } from '../weights/safetensors.ts'
import { type FloatType, fromFloat32, toFloat32 } from '../weights/safetensors-dtypes.ts'
import { loadWeights } from '../weights/weights.ts'
import { computesTheSame, noLayout, standardCall } from './layout-of.ts'
import { type Architecture, type Layout, layouts, type Sizes, type TheirTensor } from './layouts.ts'
import { loadOrigin, type Origin, originJson } from './origin.ts'
import { typeName, writeSettings } from './write-settings.ts'

export interface WrittenFolder {
  readonly layout: Layout
  readonly parameters: number
  /** For people: tensors that were rounded. */
  readonly notes: readonly string[]
}

/**
 * Writes config.json, generation_config.json, model.safetensors and the tokenizer with its chat template. For weights that were imported from
 * such a folder, settings that did not change are written as they were, and numbers in their formats there, or all in the format `types`.
 * Throws a StageError if `transformers` has no architecture that computes the same: names are not trusted, the graphs are compared.
 */
export async function writeHuggingFace(
  folder: string,
  out: string,
  architecture: Architecture,
  types: 'as they came' | FloatType = 'as they came',
): Promise<WrittenFolder> {
  const { model, tensors } = loadWeights(folder)
  const { layout, sizes } = await layoutOf(model, architecture, loadOrigin(folder))
  const stored: Record<string, StoredTensor> = {}
  for (const their of layout.tensors(sizes)) stored[their.name] = theirs(their, tensors as Record<string, StoredTensor>)
  const origin = types === 'as they came' ? loadOrigin(folder) : undefined
  const dtype = types === 'as they came' ? (origin?.dtype ?? 'F32') : types
  const typeOf = (name: string) => origin?.dtypes[name] ?? dtype
  writeSafetensors(join(out, 'model.safetensors'), stored, { format: 'pt' }, typeOf)
  writeSettings(folder, out, { layout, model, sizes, vocab: stored[layout.table]!.shape[0]!, dtype })
  const rounded = Object.entries(stored).filter(([name, { data }]) => !isExact(typeOf(name), data)).length
  // Who names a type asks for its rounding.
  const notes =
    rounded === 0 || types !== 'as they came'
      ? []
      : [
          `${rounded} of ${Object.keys(stored).length} tensors are rounded to ${typeName(dtype)}, the type in which they were imported: \`as hf_float32\` keeps every digit`,
        ]
  return { layout, parameters: Object.values(stored).reduce((sum, { data }) => sum + data.length, 0), notes }
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

/** The layout to write a model in: that of its import, else the first of its architecture. */
export async function layoutOf(
  model: ModelSpec,
  architecture: Architecture,
  origin: Origin | undefined,
): Promise<{ layout: Layout; sizes: Sizes }> {
  const called = standardCall(model)
  const standard = called && (await architecture(called.name, called.arguments).catch(() => undefined))
  if (called !== undefined && standard !== undefined && computesTheSame(model, standard)) {
    const theirs = originJson(origin, 'config.json')?.model_type
    const layout = layouts.find((each) => each.modelType === theirs && each.architecture === called.name)
    return { layout: layout ?? called.layout, sizes: { ...standard.$arguments } as Sizes }
  }
  const { message, help } = noLayout(model)
  throw new StageError('unsupported-weights', message, help)
}

/** A tensor of transformers, made of our weights. */
export function theirs(
  { ours, transposed, zeros, name }: TheirTensor,
  tensors: Readonly<Record<string, StoredTensor>>,
) {
  const parts = ours.flatMap((each) => tensors[each] ?? [])
  if (parts.length === 0 && zeros !== undefined) return { shape: [zeros], data: new Float32Array(zeros) }
  if (parts.length !== ours.length) throw new Error(`the weights lack ${ours.join(' or ')}, which ${name} is made of`)
  const [first] = parts
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0)
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  const joined = { shape: [rows, ...first!.shape.slice(1)], data }
  return transposed ? transpose(joined) : joined
}

/** [rows, columns] as [columns, rows]. */
export function transpose({ shape: [rows = 0, columns = 0], data }: StoredTensor): StoredTensor {
  const turned = new Float32Array(data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column]!
  return { shape: [columns, rows], data: turned }
}
