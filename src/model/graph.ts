/** The tensor graph: plain JSON, each node after its inputs. */

import type { Attributes, Dim, Dtype, Op } from './ops.ts'

export type GraphNode = {
  [K in Op]: {
    readonly op: K
    /** Indices of earlier nodes. */
    readonly inputs: readonly number[]
    readonly attributes: Attributes[K]
    readonly shape: readonly Dim[]
    readonly dtype: Dtype
    /** The part of the model that the node belongs to (`layers.3.attention`), for printing and messages. */
    readonly scope?: string
  }
}[Op]

export type WeightInit =
  | { readonly type: 'normal'; readonly deviation: number }
  | { readonly type: 'uniform'; readonly bound: number }
  | { readonly type: 'constant'; readonly value: number }

export interface WeightSpec {
  /** Its path of bindings and blocks: `layers.3.attention.q.weight`. */
  readonly name: string
  readonly shape: readonly Dim[]
  readonly init: WeightInit
  /** Whether AdamW decays it: true for matrices, false for gains and biases. */
  readonly decay: boolean
  /** Its `weight` node. */
  readonly node: number
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  /** Named inputs (`tokens`, `positions`) and their nodes. */
  readonly inputs: Readonly<Record<string, number>>
  readonly weights: readonly WeightSpec[]
  /** Named outputs (`logits`, `loss`, `grad:layers.0.q.weight`) and their nodes. */
  readonly outputs: Readonly<Record<string, number>>
}
