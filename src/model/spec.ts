/** A model as the plan carries it: the graph from tokens to logits, and what a person called its sizes. */

import type { Json } from '../core/json.ts'
import type { Graph } from './graph.ts'
import type { Dim } from './ops.ts'

export interface ModelSpec {
  /** The architecture's name in its source (`llama`); for people. */
  readonly $name: string
  /** What it was called with, for people and config.json: `{ dim: 128, layers: 4, … }`. */
  readonly $arguments: Readonly<Record<string, Json>>
  /** Size of the vocabulary: a number, or the symbol `vocab` where the tokenizer's size is known once it is trained. */
  readonly vocab: Dim
  /** The longest sequence: the architecture's `context` argument. */
  readonly context: number
  /** Inputs `tokens` [batch, time] and, where used, `positions` [batch, time]; output `logits` [batch, time, vocab]. */
  readonly graph: Graph
}
