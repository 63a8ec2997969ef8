/** What models answer to prompts, so that they can be compared. */

import type { Prompt } from '../../core/conversation.ts'
import { Random } from '../../core/random.ts'
import { endsOf } from '../generation/ends.ts'
import { Generator } from '../generation/generator.ts'
import { plainSampling } from '../generation/sampling.ts'
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
  /** The prompt and the answer as the model wrote it; the answer's tokens count. */
  readonly sequence: Masked
}

/**
 * The answers of a model to each prompt. The n-th answer of every model is drawn with the same numbers, so that two models that are
 * alike say the same. Of a prompt that leaves no room in the context, the beginning is not looked at.
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
  const asked = prompts.flatMap(({ messages, tools }) =>
    new Array<Uint32Array>(asking.responses).fill(encoder.prompt(messages, tools).slice(-room)),
  )
  const stop = endsOf(contestant.folder, tokenizer, encoder.end)
  const writing = { ...plainSampling, temperature: asking.temperature, maxTokens: asking.max_tokens, stop }
  const randoms = asked.map((_, i) => new Random(asking.seed, 'answers', i))
  const completions = await generator.complete(weights, asked, writing, randoms)
  await generator.dispose()
  const answers = completions.map(({ tokens, ended }, i): Answer => {
    const ids = Uint32Array.from([...asked[i]!, ...tokens])
    const mask = Uint8Array.from(ids, (_, t) => (t >= asked[i]!.length ? 1 : 0))
    return { text: tokenizer.decode(ended ? tokens.slice(0, -1) : tokens), ended, sequence: { ids, mask } }
  })
  return prompts.map((_, i) => answers.slice(i * asking.responses, (i + 1) * asking.responses))
}
