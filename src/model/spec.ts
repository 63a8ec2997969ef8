/** A model in a plan: the graph from tokens to logits, and the arguments that its architecture was called with. */

import type { Json } from '../core/values/json.ts'
import type { Graph } from './graph.ts'
import type { Dim } from './ops.ts'

export interface ModelSpec {
  /** The name of the architecture in its source (`llama`), for people. */
  readonly $name: string
  /** The arguments of the architecture, for people and config.json: `{ dim: 128, layers: 4, … }`. */
  readonly $arguments: Readonly<Record<string, Json>>
  /** Size of the vocabulary: a number, or the symbol `vocab` if the tokenizer is not trained yet. */
  readonly vocab: Dim
  /** The longest sequence: the architecture's `context` argument. */
  readonly context: number
  /** Inputs: `tokens` [batch, time] and, if the model uses them, `positions` [batch, time]. Output: `logits` [batch, time, vocab]. */
  readonly graph: Graph
}
