/** The form of a primitive: its parameters, and the arguments that it is called with. */

import type { GraphBuilder } from '../../../model/build.ts'
import type { WeightInit } from '../../../model/graph.ts'
import type { Dim, Op, Shape } from '../../../model/ops.ts'
import type { WeightPath } from '../naming.ts'
import type { Value } from '../values.ts'

/** The type that an argument must have. */
export type ParameterType =
  | 'tensor'
  /** A tensor, or a number that stands for one. */
  | 'term'
  | 'ids'
  | 'size'
  | 'number'
  | 'boolean'
  | 'word'
  | 'init'
  /** All further arguments by position: sizes, or tensors. */
  | 'sizes'
  | 'tensors'

export interface PrimitiveParameter {
  readonly name: string
  readonly type: ParameterType
  /** Without a default, the argument is required, unless it is optional. */
  readonly default?: Value
  /** Whether it may be left out although it has no default. */
  readonly optional?: true
  /** The words that the argument can be. */
  readonly words?: readonly string[]
}

export const isOptional = (parameter: PrimitiveParameter) =>
  parameter.default !== undefined || parameter.optional === true

/** The parameter that takes all further arguments by position; `undefined` if none does. */
export function restOf(parameters: readonly PrimitiveParameter[]): string | undefined {
  return parameters.find(({ type }) => type === 'sizes' || type === 'tensors')?.name
}

/** Thrown if an argument has the right type and a value that the primitive cannot use. */
export class ValueError extends Error {
  readonly words: { readonly what: string; readonly expected: string; readonly got: string }

  constructor(what: string, expected: string, got: string) {
    super(`${what} is ${expected}, not ${got}`)
    this.words = { what, expected, got }
  }
}

/** The arguments of a primitive by name. Their types have been checked. */
export class Given {
  readonly builder: GraphBuilder
  /** The path for the names of its weights. */
  readonly path: WeightPath
  readonly #values: ReadonlyMap<string, Value | readonly Value[]>

  /** The loss terms of the model so far, by their names. */
  readonly terms: Map<string, number>

  constructor(
    builder: GraphBuilder,
    path: WeightPath,
    values: ReadonlyMap<string, Value | readonly Value[]>,
    terms: Map<string, number>,
  ) {
    this.builder = builder
    this.path = path
    this.#values = values
    this.terms = terms
  }

  #value(name: string): Value {
    return this.#values.get(name) as Value
  }

  /** Whether an argument is given, or has a default. */
  has(name: string): boolean {
    return this.#values.has(name)
  }

  node(name: string): number {
    return (this.#value(name) as Extract<Value, { type: 'tensor' }>).node
  }

  /** The node of a tensor, or of a constant. */
  term(name: string): number {
    const value = this.#value(name)
    return value.type === 'number' ? this.builder.constant(value.value) : this.node(name)
  }

  nodes(name: string): number[] {
    return (this.#values.get(name) as readonly Extract<Value, { type: 'tensor' }>[]).map(({ node }) => node)
  }

  shape(name: string): Shape {
    return this.builder.shape(this.node(name))
  }

  number(name: string): number {
    return (this.#value(name) as Extract<Value, { type: 'number' }>).value
  }

  /** A whole number of at least `least`; throws a ValueError for any other. */
  whole(name: string, least: number): number {
    const value = this.number(name)
    if (Number.isInteger(value) && value >= least) return value
    throw new ValueError(`\`${name}\``, `a whole number from ${least}`, String(value))
  }

  /** A number above 0; throws a ValueError for any other. */
  positive(name: string): number {
    const value = this.number(name)
    if (value > 0) return value
    throw new ValueError(`\`${name}\``, 'a number above 0', String(value))
  }

  boolean(name: string): boolean {
    return (this.#value(name) as Extract<Value, { type: 'boolean' }>).value
  }

  word(name: string): string {
    return (this.#value(name) as Extract<Value, { type: 'word' }>).value
  }

  init(name: string): WeightInit {
    return (this.#value(name) as Extract<Value, { type: 'init' }>).init
  }

  dim(name: string): Dim {
    return dimOf(this.#value(name))
  }

  dims(name: string): Dim[] {
    return (this.#values.get(name) as readonly Value[]).map(dimOf)
  }

  apply(op: Op, inputs: readonly number[], attributes: object = {}): number {
    return this.builder.apply(op, inputs, attributes as never, this.path.scope || undefined)
  }

  /** Adds a weight to the graph. Weight decay applies to matrices, and not to gains and biases. */
  weight(name: string, shape: Shape, init: WeightInit): number {
    return this.builder.weight(this.path.weight(name), shape, init, shape.length > 1)
  }
}

function dimOf(value: Value): Dim {
  if (value.type === 'number') return value.value
  return (value as Extract<Value, { type: 'size' }>).symbol
}

export interface Primitive {
  readonly summary: string
  readonly parameters: readonly PrimitiveParameter[]
  /** The node of the result, or the nodes of several. */
  apply(given: Given): number | readonly number[]
}

/** The tensor that most primitives take first. */
export const x: PrimitiveParameter = { name: 'x', type: 'tensor' }

export const boolean = (value: boolean): Value => ({ type: 'boolean', value })
export const number = (value: number): Value => ({ type: 'number', value })
export const word = (value: string): Value => ({ type: 'word', value })
