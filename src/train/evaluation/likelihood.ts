/** The probability that a model gives to known text: the loss on tokens, on answers, and on the choices of a question. */

import { StageError } from '../../core/failure.ts'
import type { Engine } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { fitChat } from '../../text/chat/fit.ts'
import type { TokenReader } from '../../text/tokens.ts'
import { SequenceScorer } from '../scores/sequence-scores.ts'
import { type HeldOutLoss, Validation } from '../scores/validate.ts'
import type { Contestant } from './contestant.ts'

/** The engine of an evaluation, with its threads and batches. */
export interface Machine {
  readonly engine: Engine
  readonly threads: number
  /** Rows computed at once. */
  readonly batch: number
}

/** The loss over at most `limit` tokens of a text, in windows of the model's context. */
export async function textLoss(
  { model, weights, tokenizer }: Contestant,
  reader: TokenReader,
  limit: number,
  { engine, threads, batch }: Machine,
): Promise<HeldOutLoss> {
  const sizes = { batch, time: model.context, vocab: tokenizer.size }
  const validation = await Validation.compile(engine, bind(model.graph, sizes), { ...sizes, threads })
  const loss = await validation.run(weights, reader, limit)
  await validation.dispose()
  return loss
}

/** A sequence, and which of its tokens count. */
export interface Masked {
  readonly ids: Uint32Array
  /** 1 for a token that counts. The first token has no prediction, so it never counts. */
  readonly mask: Uint8Array
}

/** For each sequence of at most context + 1 tokens, the sum of the log-probabilities of the tokens that count, in nats. */
export async function sumsOfLogProbabilities(
  { model, weights, tokenizer }: Contestant,
  sequences: readonly Masked[],
  { engine, threads, batch }: Machine,
): Promise<number[]> {
  const longest = sequences.reduce((max, { ids }) => Math.max(max, ids.length - 1), 1)
  const shape = { vocab: tokenizer.size, rows: batch, time: longest, threads }
  const scorer = await SequenceScorer.compile(engine, model, shape)
  const scores = await scorer.logProbabilities(
    weights,
    sequences.map(({ ids }) => ids),
  )
  await scorer.dispose()
  return scores.map((each, i) => {
    const { mask } = sequences[i]!
    return each.reduce((sum, score, t) => sum + (mask[t + 1] ? score : 0), 0)
  })
}

/**
 * The loss on the answers of conversations: the mean −log p of the assistant's tokens, in nats. Each conversation is cut to the
 * context; those whose answers are cut off entirely are left out, and counted as `cut`. Bits per byte are of the text of the answers.
 */
export async function answerLoss(
  contestant: Contestant,
  conversations: readonly Masked[],
  machine: Machine,
): Promise<HeldOutLoss & { readonly cut: number }> {
  const { model, tokenizer } = contestant
  const special = new Set(tokenizer.special.values())
  const fitted: Masked[] = []
  let tokens = 0
  let bytes = 0
  for (const conversation of conversations) {
    const fit = fitChat(conversation, model.context, 'cut_end')
    if ('rule' in fit) continue
    fitted.push(fit)
    for (let t = 1; t < fit.ids.length; t++) {
      if (!fit.mask[t]) continue
      tokens++
      if (!special.has(fit.ids[t]!)) bytes += tokenizer.tokenBytes(fit.ids[t]!).length
    }
  }
  if (tokens === 0)
    throw new StageError(
      'nothing-to-measure',
      `no answer of \`on\` is within the ${model.context} tokens that ${contestant.name} can see`,
      'Give it shorter pairs, or a model of longer context.',
    )
  const sums = await sumsOfLogProbabilities(contestant, fitted, machine)
  const loss = -sums.reduce((total, sum) => total + sum, 0) / tokens
  const cut = conversations.length - fitted.length
  return { loss, perplexity: Math.exp(loss), bitsPerByte: (loss * tokens) / Math.LN2 / bytes, tokens, cut }
}
