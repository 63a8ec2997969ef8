/** Scores of a reward model: one number for each conversation, read at the end token of its last answer. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Compiler, Tensors } from '../../engine/engine.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { withOutputs } from '../../model/training/heads.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import type { ChatTemplate } from '../../text/chat/template.ts'
import { loadTokenizer } from '../../text/load.ts'
import { PackedForward } from '../batches/packed-forward.ts'
import { loadWeights } from '../weights/weights.ts'

/** The output of a reward model; the weights of its head are named after it: `reward_head.weight`. */
export const rewardHead = 'reward'

export class RewardScorer {
  /** The id that ends an answer. */
  readonly end: number
  /** The most tokens of a sequence that are read. */
  readonly context: number
  /** The chat template of the conversations that the model was trained on. */
  readonly template: ChatTemplate
  readonly #forward: PackedForward
  readonly #weights: Tensors

  private constructor(
    forward: PackedForward,
    weights: Tensors,
    { template, end, context }: { readonly template: ChatTemplate; readonly end: number; readonly context: number },
  ) {
    this.#forward = forward
    this.#weights = weights
    this.template = template
    this.end = end
    this.context = context
  }

  /** Loads a Reward artefact; scores `batch` rows of sequences at a time. Throws a StageError if `folder` is something else. */
  static async load(
    folder: string,
    compiler: Compiler,
    { threads, batch }: { readonly threads: number; readonly batch: number },
  ): Promise<RewardScorer> {
    if (!existsSync(join(folder, 'model.json'))) throw notReward(folder)
    const { model, tensors } = loadWeights(folder)
    const template = loadTemplate(folder)
    if (model.graph.outputs[rewardHead] === undefined || template === undefined) throw notReward(folder)
    const tokenizer = loadTokenizer(folder)
    const forward = rewardForward(compiler, model, { vocab: tokenizer.size, rows: batch, threads })
    const end = tokenizer.special.get(template.end)
    if (end === undefined) throw notReward(folder)
    return new RewardScorer(forward, tensors, { template, end, context: model.context })
  }

  /**
   * The score of each sequence of a rendered prompt and an answer. The end token is added to answers that were cut off, since a reward
   * model never saw an answer without it. Sequences that are longer than the context lose their beginning.
   */
  score(sequences: readonly ArrayLike<number>[]): Promise<Float64Array> {
    return scoresOf(
      this.#forward,
      this.#weights,
      sequences.map((sequence) => endedSequence(sequence, this.end, this.context)),
    )
  }

  dispose(): Promise<void> {
    return this.#forward.dispose()
  }
}

/** Runs a reward model, whose graph has the output `reward` [batch, time], without dropout. */
export function rewardForward(
  compiler: Compiler,
  model: ModelSpec,
  shape: { readonly vocab: number; readonly rows: number; readonly threads: number },
): PackedForward {
  const graph = withoutDropout(withOutputs(model.graph, [rewardHead]))
  return new PackedForward(compiler, graph, { ...shape, width: { context: model.context } })
}

/** The reward at the last token of each sequence: reward detail "the reward model only outputs the value at the last token" of Huang et al. 2023. */
export async function scoresOf(
  forward: PackedForward,
  weights: Tensors,
  sequences: readonly ArrayLike<number>[],
): Promise<Float64Array> {
  const scores = new Float64Array(sequences.length)
  for await (const { outputs, index, at } of forward.run(weights, sequences))
    scores[index] = outputs[rewardHead]!.data[at + sequences[index]!.length - 1]!
  return scores
}

/** A sequence with `end` as its last token, cut at its beginning to at most `context` tokens. */
export function endedSequence(sequence: ArrayLike<number>, end: number, context: number): ArrayLike<number> {
  const ended = sequence[sequence.length - 1] === end
  if (ended && sequence.length <= context) return sequence
  const whole = Array.from(sequence)
  if (!ended) whole.push(end)
  return whole.slice(-context)
}

function notReward(folder: string): StageError {
  return new StageError(
    'no-reward',
    `${folder} holds no reward model`,
    'Give the output of reward_model(…), or its folder.',
  )
}
