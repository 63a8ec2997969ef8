/** The description of a class of Hugging Face's `transformers` that computes the same as an architecture of std.models. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'

/** All arguments of an architecture: `{ dim: 128, layers: 4, … }`. */
export type Sizes = Readonly<Record<string, number | boolean | string>>

/** Elaborates an architecture of std.models by its name and arguments; `vocab` may be left open. */
export type Architecture = (name: string, sizes: Sizes | Readonly<Record<string, Json>>) => Promise<ModelSpec>

/** A tensor in a folder of transformers. */
export interface TheirTensor {
  readonly name: string
  /** Our weights whose rows it has, in this order. */
  readonly ours: readonly string[]
  /** It is this part along the first axis of our only weight: the matrix of one expert. */
  readonly part?: number
  /** It is [in, out], where our weight is [out, in]. */
  readonly transposed?: true
  /** The size of a tensor that the architecture can omit (`bias: false`): zeros mean the same. */
  readonly zeros?: number
}

/** Why a config.json describes a model that std.models cannot be. */
export interface Refusal {
  readonly refused: string
  readonly help?: string
}

/** The sizes of a config.json. */
export interface ReadSizes {
  readonly sizes: Sizes
  /** For people: settings that llmpipe does not follow, because they do not change what the model computes. */
  readonly notes: readonly string[]
}

export interface Layout {
  /** The architecture of std.models. */
  readonly architecture: string
  /** `model_type` of their config.json. */
  readonly modelType: string
  /** The class that loads it. */
  readonly className: string
  /** The prefix of the names of all tensors but the head's; older files leave it out. */
  readonly prefix: string
  /** The settings of config.json for sizes of ours. */
  config(sizes: Sizes): JsonObject
  /** Our sizes from a config.json, or the reason why ours cannot be such a model. */
  read(config: JsonObject): ReadSizes | Refusal
  tensors(sizes: Sizes): TheirTensor[]
  /** Whether one table embeds tokens and writes logits. */
  isTied(sizes: Sizes): boolean
  /** The table that embeds tokens. */
  readonly table: string
  /** Tensors that follow from config.json, which older versions of transformers saved: masks and tables of positions. */
  readonly buffers: RegExp
}

/** The matrix that writes logits, if it is not the table that embeds tokens. */
export const headName = 'lm_head.weight'

/** The tensors of every layer. */
export function eachLayer(
  prefix: string,
  layers: Sizes[string] | undefined,
  tensors: (theirs: string, ours: string) => TheirTensor[],
): TheirTensor[] {
  return Array.from({ length: Number(layers) }, (_, i) => tensors(`${prefix}.${i}`, `layers.${i}`)).flat()
}
