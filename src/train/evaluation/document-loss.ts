/** The loss of a model on whole documents, each by itself. */

import { Ids } from '../../text/ids.ts'
import { SequenceScorer } from '../scores/sequence-scores.ts'
import type { Contestant } from './contestant.ts'
import type { Machine } from './likelihood.ts'

export interface LossOfDocument {
  /** The sum of −log p of the tokens, in nats. */
  readonly sum: number
  /** The number of tokens that have a prediction. */
  readonly tokens: number
}

export class DocumentLoss {
  readonly #contestant: Contestant
  readonly #scorer: SequenceScorer

  private constructor(contestant: Contestant, scorer: SequenceScorer) {
    this.#contestant = contestant
    this.#scorer = scorer
  }

  static async compile(contestant: Contestant, { engine, threads, batch }: Machine): Promise<DocumentLoss> {
    const { model, tokenizer } = contestant
    const shape = { vocab: tokenizer.size, rows: batch, time: model.context, threads }
    return new DocumentLoss(contestant, await SequenceScorer.compile(engine, model, shape))
  }

  /**
   * The loss on each text, as `textLoss` measures it on the tokens of this text alone: with the tokens before and after each document, each
   * token but the first predicted once, in windows of the context that do not overlap.
   */
  async of(texts: readonly string[]): Promise<LossOfDocument[]> {
    const { model, weights } = this.#contestant
    const windows: { readonly ids: Uint32Array; readonly text: number }[] = []
    for (const [text, each] of texts.entries()) {
      const ids = this.#encode(each)
      for (let from = 0; from + 1 < ids.length; from += model.context)
        windows.push({ ids: ids.slice(from, from + model.context + 1), text })
    }
    const found = texts.map(() => ({ sum: 0, tokens: 0 }))
    const scores = await this.#scorer.logProbabilities(
      weights,
      windows.map(({ ids }) => ids),
    )
    for (const [index, own] of scores.entries()) {
      const loss = found[windows[index]!.text]!
      loss.tokens += own.length
      for (const score of own) loss.sum -= score
    }
    return found
  }

  #encode(text: string): Uint32Array {
    const { tokenizer } = this.#contestant
    const ids = new Ids()
    for (const id of tokenizer.wrap.before) ids.push(id)
    tokenizer.encodeInto(text, ids, { count: 0 })
    if (tokenizer.endOfText !== undefined) ids.push(tokenizer.endOfText)
    return ids.slice()
  }

  dispose(): Promise<void> {
    return this.#scorer.dispose()
  }
}
