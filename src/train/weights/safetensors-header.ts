/**
 * Parses the header of a safetensors file, and rejects it unless every byte of the file belongs to exactly one tensor.
 * https://github.com/huggingface/safetensors#format
 */

import { bitsOf } from './safetensors-dtypes.ts'

/** One tensor in the file. */
export interface TensorEntry {
  readonly dtype: string
  readonly shape: readonly number[]
  /** Its first byte, counted from the end of the header. */
  readonly start: number
  /** The byte after its last. */
  readonly end: number
}

export interface SafetensorsHeader {
  /** The tensors by name, in the order of their bytes. */
  readonly entries: ReadonlyMap<string, TensorEntry>
  readonly metadata: Readonly<Record<string, string>>
}

/** The longest header that the format allows. */
export const longestHeader = 100_000_000

/** Parses a header that `dataBytes` bytes of numbers follow. Throws an Error that says what is wrong. */
export function parseHeader(bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  const text = textOf(bytes)
  if (!text.startsWith('{')) throw new Error('its header does not begin with {')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error('its header is not JSON')
  }
  const twice = repeatedKey(text)
  if (twice !== undefined) throw new Error(`its header has ${JSON.stringify(twice)} twice`)
  let metadata: Readonly<Record<string, string>> = {}
  const entries: [string, TensorEntry][] = []
  for (const [name, value] of Object.entries(json as object)) {
    if (name === '__metadata__') metadata = metadataOf(value)
    else entries.push([name, entryOf(name, value)])
  }
  entries.sort(([, a], [, b]) => a.start - b.start || a.end - b.end)
  let end = 0
  for (const [name, entry] of entries) {
    if (entry.end > dataBytes) throw new Error(`${name} is cut off: it ends at byte ${entry.end} of ${dataBytes}`)
    if (entry.start < end) throw new Error(`${name} begins inside the tensor before it, at byte ${entry.start}`)
    if (entry.start > end) throw new Error(`the bytes ${end} to ${entry.start} belong to no tensor`)
    end = entry.end
  }
  if (end !== dataBytes) throw new Error(`the last ${dataBytes - end} bytes belong to no tensor`)
  return { entries: new Map(entries), metadata }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Error('its header is not UTF-8')
  }
}

function metadataOf(value: unknown): Readonly<Record<string, string>> {
  if (isObject(value) && Object.values(value).every((each) => typeof each === 'string'))
    return value as Readonly<Record<string, string>>
  throw new Error('its __metadata__ is not a map of texts')
}

function entryOf(name: string, value: unknown): TensorEntry {
  if (!isObject(value)) throw new Error(`${name} is not described by dtype, shape and data_offsets`)
  const { dtype, shape, data_offsets: offsets } = value
  const bits = typeof dtype === 'string' ? bitsOf.get(dtype) : undefined
  if (typeof dtype !== 'string' || bits === undefined)
    throw new Error(`${name} has the dtype ${JSON.stringify(dtype)}, which the format does not know`)
  if (!areSizes(shape))
    throw new Error(`the shape of ${name} is ${JSON.stringify(shape)}, which is not a list of sizes`)
  if (!areSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw new Error(`the data_offsets of ${name} are ${JSON.stringify(offsets)}, which are not a beginning and an end`)
  const [start, end] = offsets as [number, number]
  const size = shape.reduce((product, each) => product * each, 1)
  if (size * bits !== (end - start) * 8)
    throw new Error(
      `${name} is ${dtype} [${shape.join(', ')}], which takes ${Math.ceil((size * bits) / 8)} bytes, and has ${end - start}`,
    )
  return { dtype, shape, start, end }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

/** A key that occurs twice in an object of valid JSON, which JSON.parse does not report; `undefined` if there is none. */
export function repeatedKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '{') open.push(new Set())
    else if (character === '[') open.push(undefined)
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const begin = i
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++
      const keys = open.at(-1)
      let next = i + 1
      while (/\s/.test(text[next] ?? '')) next++
      if (keys === undefined || text[next] !== ':') continue
      const key = JSON.parse(text.slice(begin, i + 1)) as string
      if (keys.has(key)) return key
      keys.add(key)
    }
  }
  return undefined
}
