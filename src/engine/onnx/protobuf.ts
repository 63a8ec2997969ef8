/**
 * Writes ONNX models: the few messages of onnx.proto that a graph needs, in the wire format of Protocol Buffers. The comments
 * name the fields by their numbers in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */

/** Element types of TensorProto. */
export const onnxType = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 } as const
export type OnnxType = keyof typeof onnxType

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string }
  | { readonly tensor: Uint8Array }

/** One message: its fields, in the order they are written. */
export class Message {
  readonly #parts: Uint8Array[] = []

  /** A whole number of at most 53 bits without a tag, negative ones as 64-bit two's complement. */
  varint(value: number): this {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 127n) {
      bytes.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.#parts.push(Uint8Array.from(bytes))
    return this
  }

  int(field: number, value: number): this {
    return this.varint(field << 3).varint(value)
  }

  bytes(field: number, value: Uint8Array): this {
    this.varint((field << 3) | 2)
    this.varint(value.length)
    this.#parts.push(value)
    return this
  }

  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value))
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | 5)
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    this.#parts.push(bytes)
    return this
  }

  done(): Uint8Array {
    return Buffer.concat(this.#parts)
  }
}

/** A `TensorProto` of onnx.proto: the sizes (field 1), the type (2), the name (8), and the data as raw little-endian bytes (9). */
export function tensorProto(
  name: string,
  type: OnnxType,
  shape: readonly number[],
  data: Float32Array | Int32Array | BigInt64Array,
): Uint8Array {
  const message = new Message()
  for (const size of shape) message.int(1, size)
  message.int(2, onnxType[type]).string(8, name)
  return message.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).done()
}

/** AttributeProto. */
function attributeProto(name: string, value: Attribute): Uint8Array {
  const message = new Message().string(1, name)
  if ('float' in value) message.float(2, value.float).int(20, 1)
  else if ('int' in value) message.int(3, value.int).int(20, 2)
  else if ('string' in value) message.string(4, value.string).int(20, 3)
  else if ('tensor' in value) message.bytes(5, value.tensor).int(20, 4)
  else {
    for (const each of value.ints) message.int(8, each)
    message.int(20, 7)
  }
  return message.done()
}

/** NodeProto. An empty input name is an optional input left out. */
export function nodeProto(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
  domain: string,
): Uint8Array {
  const message = new Message()
  for (const input of inputs) message.string(1, input)
  for (const output of outputs) message.string(2, output)
  message.string(3, outputs[0]!).string(4, op)
  for (const [name, value] of Object.entries(attributes)) message.bytes(5, attributeProto(name, value))
  return message.string(7, domain).done()
}

/** ValueInfoProto: the name, type and shape of a graph's input or output. A size that is open has a name. */
export function valueProto(name: string, type: OnnxType, shape: readonly (number | string)[]): Uint8Array {
  const sizes = new Message()
  for (const size of shape) {
    const one = new Message()
    sizes.bytes(1, (typeof size === 'number' ? one.int(1, size) : one.string(2, size)).done())
  }
  const tensor = new Message().int(1, onnxType[type]).bytes(2, sizes.done()).done()
  return new Message().string(1, name).bytes(2, new Message().bytes(1, tensor).done()).done()
}

/** ModelProto of one graph, IR version 9, with opset 20 and ONNX Runtime's own operators. */
export function modelProto(graph: {
  readonly nodes: readonly Uint8Array[]
  readonly constants: readonly Uint8Array[]
  readonly inputs: readonly Uint8Array[]
  readonly outputs: readonly Uint8Array[]
}): Uint8Array {
  const message = new Message()
  for (const node of graph.nodes) message.bytes(1, node)
  message.string(2, 'llmpipe')
  for (const constant of graph.constants) message.bytes(5, constant)
  for (const input of graph.inputs) message.bytes(11, input)
  for (const output of graph.outputs) message.bytes(12, output)
  return new Message()
    .int(1, 9)
    .bytes(7, message.done())
    .bytes(8, opsetProto('', 20))
    .bytes(8, opsetProto('com.microsoft', 1))
    .done()
}

/** OperatorSetIdProto: which version of a set of operators a model uses. */
export function opsetProto(domain: string, version: number): Uint8Array {
  return new Message().string(1, domain).int(2, version).done()
}
