/** The loss of a model on held-out tokens. */

import type { Compiler, Executable, Tensors } from '../../engine/engine.ts'
import type { Graph } from '../../model/graph.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import { withOutputs } from '../../model/training/heads.ts'
import { withCrossEntropy } from '../../model/training/loss.ts'
import type { TokenReader } from '../../text/tokens.ts'
import { type Batch, makeBatch, windowsInOrder } from '../batches/batches.ts'

export interface HeldOutLoss {
  /** Mean −log p of a token, in nats. */
  readonly loss: number
  /** exp(loss). */
  readonly perplexity: number
  /** The loss of all tokens in bits, divided by the UTF-8 bytes of their text: comparable between tokenizers. */
  readonly bitsPerByte: number
  readonly tokens: number
}

export class Validation {
  readonly #executable: Executable
  readonly #batch: Batch
  readonly #time: number

  private constructor(executable: Executable, batch: Batch, time: number) {
    this.#executable = executable
    this.#batch = batch
    this.#time = time
  }

  /** Compiles the cross entropy of `model`, without loss terms, which is bound to windows of [batch, time]. */
  static async compile(
    compiler: Compiler,
    model: Graph,
    { batch, time, threads }: { readonly batch: number; readonly time: number; readonly threads: number },
  ): Promise<Validation> {
    const executable = await compiler.compile(withCrossEntropy(withOutputs(withoutDropout(model), ['logits'])), {
      threads,
    })
    return new Validation(executable, makeBatch(batch, time), time)
  }

  /** The loss over the first `limit` tokens, each predicted once, in windows that do not overlap. */
  async run(weights: Tensors, reader: TokenReader, limit: number): Promise<HeldOutLoss> {
    const end = Math.min(reader.length, limit)
    let sum = 0
    let tokens = 0
    for (let from = 0; from + 1 < end; ) {
      const count = windowsInOrder(this.#batch, reader, this.#time, from, end)
      const { loss } = await this.#executable.run({ ...this.#batch.feeds, ...weights })
      sum += loss!.data[0]! * count
      tokens += count
      from += count
    }
    const loss = sum / tokens
    const bytesPerToken = reader.meta.bytes / reader.meta.tokens
    return { loss, perplexity: Math.exp(loss), bitsPerByte: loss / Math.LN2 / bytesPerToken, tokens }
  }

  dispose(): Promise<void> {
    return this.#executable.dispose()
  }
}
