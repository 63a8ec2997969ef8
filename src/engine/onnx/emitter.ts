/** What lowerings write to: ONNX nodes and constants under fresh names, the same node never twice. */

import { type Attribute, nodeProto, type OnnxType, tensorProto } from './protobuf.ts'

/** Operators of ONNX Runtime that are not in the standard. */
export const microsoft = 'com.microsoft'

/** A value in the ONNX graph. */
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

  /** Emits a node of one output. */
  node(op: string, inputs: readonly Name[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ''): Name {
    return this.emit(op, inputs, attributes, 1, domain)[0]!
  }

  /** Whether a node computes this value: it is neither fed nor a constant. */
  computed(name: Name): boolean {
    return this.#computed.has(name)
  }

  scalar(value: number): Name {
    return this.floats([], Float32Array.of(value))
  }

  floats(shape: readonly number[], data: Float32Array): Name {
    return this.#constant('float32', shape, data)
  }

  /** A list of whole numbers, as shapes and axes are given. */
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
    const made = make()
    this.#known.set(key, made)
    return made
  }
}
