/** Finds the class of `transformers` that computes the same as a model. Names are not trusted: the graphs are compared. */

import { canonical, type Json } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { type Layout, layouts } from './layouts.ts'

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
export function computesTheSame(one: ModelSpec, other: ModelSpec): boolean {
  return canonical(one.graph as unknown as Json) === canonical(other.graph as unknown as Json)
}

/** The error for a model that no class of `transformers` computes. */
export function noLayout({ $name }: ModelSpec): { readonly message: string; readonly help: string } {
  const known = [...new Set(layouts.map((each) => each.architecture))].join(' and ')
  return {
    message: `No class of transformers computes the same as \`${$name}\``,
    help: `Only the architectures ${known} of std.models can be exported as hf, if they are unchanged. Leave out \`as hf\` to export the weights as they are: safetensors, with the graph in model.json.`,
  }
}
