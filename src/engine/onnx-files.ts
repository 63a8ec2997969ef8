/** The interface of the writer of ONNX files: decoders that keep the keys and values of earlier tokens. */

import type { Graph } from '../model/graph.ts'

/** A weight as it is stored in a file. */
export interface FileWeight {
  readonly type: 'float32' | 'float16'
  readonly shape: readonly number[]
  /** Its numbers; those of float16 are their bits. */
  data(): Float32Array | Uint16Array
}

/** The sizes of the memory of one attention: heads of keys and values, and the numbers of one head of each. */
export interface CacheSizes {
  readonly heads: number
  readonly keys: number
  readonly values: number
}

export interface OnnxFiles {
  /**
   * Writes `graph`, whose vocabulary is bound to a number, to `path`. The inputs and outputs are those that Hugging Face's Optimum, Transformers.js and
   * ONNX Runtime GenAI expect of a decoder:
   *
   *     input_ids, position_ids          [batch_size, sequence_length], int64; position_ids only if the model reads positions
   *     attention_mask                   [batch_size, past_sequence_length + sequence_length], int64
   *     past_key_values.N.key, .value    [batch_size, heads, past_sequence_length, size], float32, of the N-th attention
   *     logits                           [batch_size, sequence_length, vocab], float32
   *     present.N.key, .value            the past with the new tokens after it
   *
   * A file may have 2 GB: larger weights lie beside it, in a file whose name ends in `_data`. Throws a StageError for an operation that a decoder cannot compute from
   * keys and values. Returns the sizes of each attention.
   */
  write(path: string, graph: Graph, weight: (name: string) => FileWeight): readonly CacheSizes[]
  /** Opens a file that `write` made. */
  open(path: string, caches: readonly CacheSizes[]): Promise<OnnxDecoder>
}

/** A decoder that reads one text. */
export interface OnnxDecoder {
  /** Reads further tokens of the text; returns the logits [tokens, vocab] after each of them. */
  read(ids: readonly number[]): Promise<Float32Array>
  dispose(): Promise<void>
}
