/** Writes weights with their tokenizer and chat template as a GGUF file, and checks that it was written right. */

import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import { asRead, type TypedValue, tokenizerMetadata } from '../../text/gguf/write.ts'
import { loadTokenizer } from '../../text/load.ts'
import type { Architecture } from '../hugging-face/layout.ts'
import { loadOrigin } from '../hugging-face/origin.ts'
import { theirShape, theirs, transpose } from '../hugging-face/their-tensor.ts'
import { layoutOf } from '../hugging-face/write.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import { loadWeights } from '../weights/weights.ts'
import { checkTokenizer } from './check-tokenizer.ts'
import { GgufFile } from './file.ts'
import type { Difference } from './layout.ts'
import { headOf } from './layout-parts.ts'
import { ggufLayoutFor, ggufProblem } from './layouts.ts'
import { ggufName, interleaved } from './names.ts'
import type { WrittenType } from './quantized.ts'
import { factorsName, scalingFactors } from './scaling.ts'
import { digestOf, type TensorToWrite, writeGgufFile } from './writer.ts'

/** The name of the file in the folder of an export. */
export const ggufFile = 'model.gguf'

export interface WrittenGguf {
  readonly architecture: string
  readonly parameters: number
  /** For people: tensors in another type than asked for. */
  readonly notes: readonly string[]
}

const typesByName = { float32: 'F32', float16: 'F16', bfloat16: 'BF16', q8_0: 'Q8_0' } as const

/** The name of a type in programs. */
function nameOf(type: WrittenType): string {
  return Object.entries(typesByName).find(([, each]) => each === type)?.[0] ?? type
}

/** Writes weights in a type by its name in programs; without one, in the type in which they were imported, or else in float32. */
export async function exportGguf(
  folder: string,
  out: string,
  architecture: Architecture,
  dtype: keyof typeof typesByName | undefined,
): Promise<WrittenGguf & { readonly type: string }> {
  const type = dtype === undefined ? (loadOrigin(folder)?.dtype ?? 'F32') : typesByName[dtype]
  return { ...(await writeGguf(folder, out, architecture, type)), type: nameOf(type) }
}

/** `general.file_type` of llama.cpp. */
const fileTypes: Readonly<Record<WrittenType, number>> = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 }

/**
 * Writes `model.gguf` to the folder `out`: matrices in `type`, vectors and tables of positions in F32. Throws a StageError if llama.cpp
 * has no architecture or no tokenizer that computes the same, or if what is read back differs.
 */
export async function writeGguf(
  folder: string,
  out: string,
  architecture: Architecture,
  type: WrittenType,
): Promise<WrittenGguf> {
  const { model, tensors } = loadWeights(folder)
  const { layout, sizes } = await layoutOf(model, architecture, loadOrigin(folder))
  const gguf = ggufLayoutFor(layout.modelType)
  const problem = ggufProblem(model.$name, layout, sizes)
  if (gguf === undefined || problem !== undefined)
    throw new StageError('unsupported-weights', problem!.message, problem!.help)
  const config = layout.config(sizes)
  const tokenizer = loadTokenizer(folder)
  const template = loadTemplate(folder)
  const heads = { query: Number(sizes.heads), key: Number(sizes.kv_heads ?? sizes.heads) }
  const stored = tensors as Readonly<Record<string, StoredTensor>>
  const written = layout.tensors(sizes).flatMap((their): TensorToWrite[] => {
    const place = ggufName(gguf, their.name)
    if (place === undefined) throw new Error(`GGUF has no name for ${their.name}`)
    // The experts of a layer are one tensor there, as they are here.
    const { part, ...whole } = their
    if (part !== undefined && part > 0) return []
    const own = theirShape(whole, stored)
    const shape =
      place.difference === 'transposed' ? own.toReversed() : place.difference === 'one row' ? own.slice(1) : own
    const numbers = () => turned(theirs(whole, stored), place.difference, heads).data
    return [{ name: place.name, shape, type: typeFor(place.name, shape, type), numbers }]
  })
  const factors = scalingFactors(config, headOf(config))
  if (factors !== undefined)
    written.push({ name: factorsName, shape: [factors.length], type: 'F32', numbers: () => factors })
  const vocab = written.find(({ name }) => name === 'token_embd.weight')!.shape[0]!
  const metadata = new Map<string, TypedValue>([
    ['general.architecture', ['string', gguf.architecture]],
    ['general.type', ['string', 'model']],
    ['general.name', ['string', model.$name]],
    ['general.file_type', ['uint32', fileTypes[type]]],
    ['general.quantization_version', ['uint32', 2]],
    ...Object.entries(gguf.metadata(config)).map(([name, value]) => [`${gguf.architecture}.${name}`, value] as const),
    [`${gguf.architecture}.vocab_size`, ['uint32', vocab]],
    ...tokenizerMetadata(tokenizer, template),
  ])
  const path = join(out, ggufFile)
  check(path, metadata, written, writeGgufFile(path, metadata, written))
  const differences = checkTokenizer(path, tokenizer, template)
  const others = written.filter((each) => each.shape.length > 1 && each.type !== type && !isKept(each.name))
  const notes =
    others.length === 0
      ? differences
      : [
          ...differences,
          `${others.length} tensors are written in F16, because their rows are not whole blocks of 32 numbers: ${others[0]!.name} and its like`,
        ]
  const parameters = written.reduce((sum, { shape }) => sum + shape.reduce((product, each) => product * each, 1), 0)
  return { architecture: gguf.architecture, parameters, notes }
}

/** Tables of positions and routers are never rounded, as in llama.cpp's converter. */
function isKept(name: string): boolean {
  return name === 'position_embd.weight' || name.endsWith('.ffn_gate_inp.weight')
}

/** The type of a tensor: vectors, positions and routers are never rounded, as llama.cpp expects, and rows of Q8_0 are whole blocks. */
function typeFor(name: string, shape: readonly number[], type: WrittenType): WrittenType {
  if (shape.length < 2 || isKept(name)) return 'F32'
  return type === 'Q8_0' && shape.at(-1)! % 32 !== 0 ? 'F16' : type
}

function turned(
  tensor: StoredTensor,
  difference: Difference | undefined,
  heads: { readonly query: number; readonly key: number },
): StoredTensor {
  if (difference === undefined || difference === 'one row') return tensor
  if (difference === 'transposed') return transpose(tensor)
  if (difference === 'one more') return { ...tensor, data: tensor.data.map((weight) => weight + 1) }
  return interleaved(tensor, difference === 'query rows' ? heads.query : heads.key, false)
}

/**
 * Reads the file again. Throws a StageError if a value or a byte of a tensor differs from what was to be written; `digests` are those of the
 * tensors.
 */
function check(
  path: string,
  metadata: ReadonlyMap<string, TypedValue>,
  tensors: readonly TensorToWrite[],
  digests: ReadonlyMap<string, string>,
): void {
  const file = new GgufFile(path)
  try {
    for (const [name, value] of metadata) {
      const [read, wanted] = [file.metadata.get(name), asRead(value)]
      if (!isSame(read, wanted)) throw different(`the value ${name}`)
    }
    for (const { name, shape, type } of tensors) {
      const entry = file.entries.get(name)
      if (entry === undefined || entry.type !== type || entry.shape.join() !== shape.join())
        throw different(`the size of the tensor ${name}`)
      if (digestOf(file.bytes(name)) !== digests.get(name)) throw different(`the tensor ${name}`)
    }
  } finally {
    file.close()
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (!isList(a) || !isList(b)) return a === b
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value)
}

function different(what: string): StageError {
  return new StageError(
    'damaged-weights',
    `${ggufFile} was not written right: ${what} is read back otherwise`,
    'The disk may be faulty, or another program wrote to the file. Run again.',
  )
}
