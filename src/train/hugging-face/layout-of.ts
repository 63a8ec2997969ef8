/** Finds the class of `transformers` that computes the same as a model. Names are not trusted: the graphs are compared. */

import { canonical, type Json } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Layout } from './layout.ts'
import { architectures, layouts } from './layouts.ts'

/** A call of an architecture of std.models. */
export interface StandardCall {
  readonly layout: Layout
  readonly name: string
  readonly arguments: Readonly<Record<string, Json>>
}

/** The architecture of std.models with the model's name, called with the model's arguments; `undefined` if no architecture has that name. */
export function standardCall({ $name, $arguments, vocab }: ModelSpec): StandardCall | undefined {
  const layout = layouts.find((each) => each.architecture === $name)
  if (layout === undefined) return undefined
  const size = typeof vocab === 'number' ? vocab : { symbol: 'vocab' }
  return { layout, name: layout.architecture, arguments: { ...$arguments, vocab: size } }
}

/** Whether two models have the same graph. */
export function haveSameGraph(one: ModelSpec, other: ModelSpec): boolean {
  return canonical(one.graph as unknown as Json) === canonical(other.graph as unknown as Json)
}

/** The error for a model that llama.cpp does not compute. */
export function noLayout({ $name }: ModelSpec): { readonly message: string; readonly help: string } {
  return {
    message: `llama.cpp has no architecture that computes the same as \`${$name}\``,
    help: `Only the architectures ${architectures} of std.models can be exported as gguf, if they are unchanged. \`as hf\` writes any architecture, with its code, and \`as onnx\` any whose attention is causal.`,
  }
}
