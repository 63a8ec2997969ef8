/** Writes weights with their tokenizer and chat template as a GGUF file, and checks that it was written right. */

import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import { asRead, type TypedValue, tokenizerMetadata } from '../../text/gguf/write.ts'
import { loadTokenizer } from '../../text/load.ts'
import type { Architecture } from '../hugging-face/layouts.ts'
import { loadOrigin } from '../hugging-face/origin.ts'
import { layoutOf, theirs, transpose } from '../hugging-face/write.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import { loadWeights } from '../weights/weights.ts'
import { checkTokenizer } from './check-tokenizer.ts'
import { GgufFile } from './file.ts'
import { type Difference, ggufName, interleaved, layoutFor } from './names.ts'
import { dequantized, quantized, type WrittenType } from './quantized.ts'
import { type TensorToWrite, writeGgufFile } from './writer.ts'

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
  const gguf = layoutFor(layout.modelType)
  if (gguf === undefined) throw new Error(`GGUF has no layout for ${layout.modelType}`)
  const tokenizer = loadTokenizer(folder)
  const template = loadTemplate(folder)
  const heads = { query: Number(sizes.heads), key: Number(sizes.kv_heads ?? sizes.heads) }
  const written = layout.tensors(sizes).map((their): TensorToWrite => {
    const place = ggufName(gguf, their.name)
    if (place === undefined) throw new Error(`GGUF has no name for ${their.name}`)
    const tensor = () =>
      turned(theirs(their, tensors as Readonly<Record<string, StoredTensor>>), place.difference, heads)
    const { shape } = tensor()
    return { name: place.name, shape, type: typeFor(place.name, shape, type), numbers: () => tensor().data }
  })
  const vocab = written.find(({ name }) => name === 'token_embd.weight')!.shape[0]!
  const metadata = new Map<string, TypedValue>([
    ['general.architecture', ['string', gguf.architecture]],
    ['general.type', ['string', 'model']],
    ['general.name', ['string', model.$name]],
    ['general.file_type', ['uint32', fileTypes[type]]],
    ['general.quantization_version', ['uint32', 2]],
    ...Object.entries(gguf.metadata(layout.config(sizes))).map(
      ([name, value]) => [`${gguf.architecture}.${name}`, value] as const,
    ),
    [`${gguf.architecture}.vocab_size`, ['uint32', vocab]],
    ...tokenizerMetadata(tokenizer, template),
  ])
  const path = join(out, ggufFile)
  writeGgufFile(path, metadata, written)
  check(path, metadata, written)
  const differences = checkTokenizer(path, tokenizer, template)
  const others = written.filter(
    (each) => each.shape.length > 1 && each.type !== type && each.name !== 'position_embd.weight',
  )
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

/** The type of a tensor: vectors and positions are never rounded, as llama.cpp expects, and rows of Q8_0 are whole blocks. */
function typeFor(name: string, shape: readonly number[], type: WrittenType): WrittenType {
  if (shape.length < 2 || name === 'position_embd.weight') return 'F32'
  return type === 'Q8_0' && shape.at(-1)! % 32 !== 0 ? 'F16' : type
}

function turned(
  tensor: StoredTensor,
  difference: Difference | undefined,
  heads: { readonly query: number; readonly key: number },
): StoredTensor {
  if (difference === undefined) return tensor
  if (difference === 'transposed') return transpose(tensor)
  return interleaved(tensor, difference === 'query rows' ? heads.query : heads.key, false)
}

/** Reads the file again. Throws a StageError if a value or a number differs from what was to be written. */
function check(path: string, metadata: ReadonlyMap<string, TypedValue>, tensors: readonly TensorToWrite[]): void {
  const file = new GgufFile(path)
  try {
    for (const [name, value] of metadata) {
      const [read, wanted] = [file.metadata.get(name), asRead(value)]
      if (!isSame(read, wanted)) throw different(`the value ${name}`)
    }
    for (const { name, shape, type, numbers } of tensors) {
      const read = file.read(name)
      const bytes = quantized(type, numbers())
      const wanted = dequantized(type, bytes.byteOffset === 0 ? bytes : bytes.slice())
      if (read.shape.join() !== shape.join() || !isSame(read.data, wanted)) throw different(`the tensor ${name}`)
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
