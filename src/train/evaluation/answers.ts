/** Generates the answers of a model to prompts, so that models can be compared. */

import type { Prompt } from '../../core/conversation.ts'
import { Random } from '../../core/values/random.ts'
import { Generator } from '../generation/generator.ts'
import { plainSampling } from '../generation/sampling.ts'
import { endsOf } from '../weights/ends.ts'
import { type Contestant, encoderOf } from './contestant.ts'
import type { Machine, Masked } from './likelihood.ts'

export interface Asking {
  /** Answers to each prompt. */
  readonly responses: number
  readonly temperature: number
  readonly max_tokens: number
  readonly seed: number
}

export interface Answer {
  readonly text: string
  readonly ended: boolean
  /** The prompt and the answer; the tokens of the answer count. */
  readonly sequence: Masked
}

/**
 * The answers of a model to each prompt. The n-th answer of every model is drawn with the same random numbers, so that two equal models
 * give the same answers. If a prompt leaves no room for an answer in the context, its beginning is cut off.
 */
export async function answersOf(
  contestant: Contestant,
  prompts: readonly Pick<Prompt, 'messages' | 'tools'>[],
  asking: Asking,
  { engine, threads, batch }: Machine,
): Promise<Answer[][]> {
  const { model, weights, tokenizer } = contestant
  const encoder = encoderOf(contestant)
  const generator = new Generator(engine, model, { vocab: tokenizer.size, known: tokenizer.known, batch, threads })
  const room = Math.max(1, model.context - asking.max_tokens)
  const sampled = prompts.flatMap(({ messages, tools }) =>
    new Array<Uint32Array>(asking.responses).fill(encoder.prompt(messages, tools).slice(-room)),
  )
  const stop = endsOf(contestant.folder, tokenizer, encoder.end)
  const writing = { ...plainSampling, temperature: asking.temperature, maxTokens: asking.max_tokens, stop }
  const randoms = sampled.map((_, i) => new Random(asking.seed, 'answers', i))
  const completions = await generator.complete(weights, sampled, writing, randoms)
  await generator.dispose()
  const answers = completions.map(({ tokens, ended }, i): Answer => {
    const ids = Uint32Array.from([...sampled[i]!, ...tokens])
    const mask = Uint8Array.from(ids, (_, t) => (t >= sampled[i]!.length ? 1 : 0))
    return { text: tokenizer.decode(ended ? tokens.slice(0, -1) : tokens), ended, sequence: { ids, mask } }
  })
  return prompts.map((_, i) => answers.slice(i * asking.responses, (i + 1) * asking.responses))
}
