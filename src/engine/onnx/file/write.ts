/** Writes a decoder with its weights as an ONNX file, weight by weight: memory holds one of them at a time besides those that are given. */

import { closeSync, openSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import type { Graph } from '../../../model/graph.ts'
import { sizeOf } from '../../../model/shape.ts'
import type { CacheSizes, FileWeight } from '../../onnx-files.ts'
import { Message, onnxType, opsetProto } from '../protobuf.ts'
import { type Decoder, decoderOf } from './decoder.ts'

/** Protocol Buffers end at 2 GiB, so larger weights lie in a file beside the model. */
const largestFile = 1.9e9

/** IR version 9 and opset 20: those of ONNX 1.15, which runtimes have read since 2023. */
const [irVersion, opset] = [9, 20]

/** Writes `graph` to `path`. Returns the sizes of each attention. `limit` is the most bytes of weights in the file itself. */
export function writeDecoder(
  path: string,
  graph: Graph,
  weight: (name: string) => FileWeight,
  limit = largestFile,
): readonly CacheSizes[] {
  const decoder = decoderOf(graph, (name) => weight(name).type)
  const total = decoder.weights.reduce((sum, name) => sum + byteLength(weight(name)), 0)
  if (total <= limit) writeWhole(path, decoder, weight)
  else writeApart(path, decoder, weight)
  return decoder.caches
}

/** One file with the weights in it. */
function writeWhole(path: string, decoder: Decoder, weight: (name: string) => FileWeight): void {
  const heads = decoder.weights.map((name) => headOf(name, decoder, weight(name)))
  const sizes = decoder.weights.map((name, i) => {
    const length = lengthOf(byteLength(weight(name)), dataField)
    return lengthOf(heads[i]!.length + length, initializerField)
  })
  const graph = graphOf(decoder)
  const file = openSync(path, 'w')
  try {
    writeAll(file, beginOfModel(graph.length + sizes.reduce((sum, size) => sum + size, 0)))
    writeAll(file, graph)
    for (const [i, name] of decoder.weights.entries()) {
      const bytes = bytesOf(name, decoder, weight(name))
      const prefix = lengthPrefix(dataField, bytes.length)
      writeAll(file, lengthPrefix(initializerField, heads[i]!.length + prefix.length + bytes.length))
      writeAll(file, heads[i]!)
      writeAll(file, prefix)
      writeAll(file, bytes)
    }
  } finally {
    closeSync(file)
  }
}

/** The model, and a file of the weights beside it whose name ends in `_data`. */
function writeApart(path: string, decoder: Decoder, weight: (name: string) => FileWeight): void {
  const beside = `${path}_data`
  const data = openSync(beside, 'w')
  const initializers: Uint8Array[] = []
  let offset = 0
  try {
    for (const name of decoder.weights) {
      const bytes = bytesOf(name, decoder, weight(name))
      const entry = (key: string, value: string) => new Message().string(1, key).string(2, value).done()
      const place = new Message()
        .bytes(13, entry('location', basename(beside)))
        .bytes(13, entry('offset', `${offset}`))
        .bytes(13, entry('length', `${bytes.length}`))
        .int(14, 1)
        .done()
      const head = headOf(name, decoder, weight(name))
      initializers.push(new Message().bytes(initializerField, Buffer.concat([head, place])).done())
      writeAll(data, bytes)
      offset += bytes.length
    }
  } finally {
    closeSync(data)
  }
  const graph = Buffer.concat([graphOf(decoder), ...initializers])
  const file = openSync(path, 'w')
  try {
    writeAll(file, beginOfModel(graph.length))
    writeAll(file, graph)
  } finally {
    closeSync(file)
  }
}

/** Fields of onnx.proto: the weights of a GraphProto, the graph of a ModelProto, and the bytes of a TensorProto. */
const [initializerField, graphField, dataField] = [5, 7, 9]

/** All of a ModelProto but the graph, which has `length` bytes and follows. */
function beginOfModel(length: number): Uint8Array {
  const model = new Message().int(1, irVersion).string(2, 'llmpipe').bytes(8, opsetProto('', opset)).done()
  return Buffer.concat([model, lengthPrefix(graphField, length)])
}

/** All of a GraphProto but the weights. */
function graphOf({ nodes, constants, inputs, outputs }: Decoder): Uint8Array {
  const message = new Message()
  for (const node of nodes) message.bytes(1, node)
  message.string(2, 'llmpipe')
  for (const constant of constants) message.bytes(initializerField, constant)
  for (const input of inputs) message.bytes(11, input)
  for (const output of outputs) message.bytes(12, output)
  return message.done()
}

/** All of a TensorProto but its bytes. */
function headOf(name: string, { turned }: Decoder, { type, shape }: FileWeight): Uint8Array {
  const message = new Message()
  for (const size of turned.has(name) ? shape.toReversed() : shape) message.int(1, size)
  return message.int(2, onnxType[type]).string(8, name).done()
}

function byteLength({ type, shape }: FileWeight): number {
  return sizeOf(shape) * (type === 'float32' ? 4 : 2)
}

function bytesOf(name: string, { turned }: Decoder, weight: FileWeight): Uint8Array {
  const data = turned.has(name) ? transposed(weight) : weight.data()
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** The numbers of a matrix [out, in] as [in, out]. */
function transposed({ shape, data: numbers }: FileWeight): Float32Array | Uint16Array {
  const data = numbers()
  const [rows, columns] = shape as [number, number]
  const to = data instanceof Float32Array ? new Float32Array(data.length) : new Uint16Array(data.length)
  // In blocks, because a column of a large matrix has each of its numbers in another line of the processor's cache.
  const block = 64
  for (let r0 = 0; r0 < rows; r0 += block)
    for (let c0 = 0; c0 < columns; c0 += block)
      for (let r = r0; r < Math.min(rows, r0 + block); r++)
        for (let c = c0; c < Math.min(columns, c0 + block); c++) to[c * rows + r] = data[r * columns + c]!
  return to
}

/** The tag of a field and the length of its bytes, which follow. */
function lengthPrefix(field: number, length: number): Uint8Array {
  return new Message()
    .varint((field << 3) | 2)
    .varint(length)
    .done()
}

/** The bytes of a field with its tag and its length. */
function lengthOf(length: number, field: number): number {
  return lengthPrefix(field, length).length + length
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(bytes.length - at, 1 << 28))
}
