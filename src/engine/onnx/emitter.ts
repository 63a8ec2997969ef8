/** Collects ONNX nodes and constants from lowerings, under fresh names. Equal nodes are emitted once. */

import { type Attribute, nodeProto, type OnnxType, tensorProto } from './protobuf.ts'

/** The domain of ONNX Runtime's operators that are not in the ONNX standard. */
export const microsoft = 'com.microsoft'

/** The name of a value in the ONNX graph. */
export type Name = string

export class Emitter {
  readonly nodes: Uint8Array[] = []
  readonly constants: Uint8Array[] = []
  readonly #computed = new Set<Name>()
  readonly #known = new Map<string, readonly Name[]>()
  #count = 0

  /** Emits a node; returns the names of its outputs. */
  emit(
    op: string,
    inputs: readonly Name[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
    domain = '',
  ): readonly Name[] {
    const key = `${op} ${inputs.join(' ')} ${JSON.stringify(attributes)} ${outputs}`
    return this.#once(key, () => {
      const base = `${op}_${this.#count++}`
      const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? base : `${base}.${i}`))
      this.nodes.push(nodeProto(op, inputs, names, attributes, domain))
      for (const name of names) this.#computed.add(name)
      return names
    })
  }

  /** Emits a node with one output; returns its name. */
  node(op: string, inputs: readonly Name[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ''): Name {
    return this.emit(op, inputs, attributes, 1, domain)[0]!
  }

  /** Whether a node computes this value, which then is neither an input nor a constant. */
  computed(name: Name): boolean {
    return this.#computed.has(name)
  }

  scalar(value: number): Name {
    return this.floats([], Float32Array.of(value))
  }

  floats(shape: readonly number[], data: Float32Array): Name {
    return this.#constant('float32', shape, data)
  }

  /** A list of integers: a shape, or axes. */
  ints(values: readonly number[]): Name {
    return this.#constant('int64', [values.length], BigInt64Array.from(values, BigInt))
  }

  int32s(shape: readonly number[], data: Int32Array): Name {
    return this.#constant('int32', shape, data)
  }

  reshape(x: Name, shape: readonly number[]): Name {
    return this.node('Reshape', [x, this.ints(shape)])
  }

  #constant(type: OnnxType, shape: readonly number[], data: Float32Array | Int32Array | BigInt64Array): Name {
    const small = data.length <= 16
    const make = () => {
      const name = `constant_${this.#count++}`
      this.constants.push(tensorProto(name, type, shape, data))
      return [name]
    }
    return (small ? this.#once(`${type} ${shape.join(' ')} = ${data.join(' ')}`, make) : make())[0]!
  }

  #once(key: string, make: () => readonly Name[]): readonly Name[] {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const names = make()
    this.#known.set(key, names)
    return names
  }
}
