/** A model that answers in a chat. */

import { availableParallelism } from 'node:os'
import type { Message } from '../../core/conversation.ts'
import { Random } from '../../core/random.ts'
import type { Engine } from '../../engine/engine.ts'
import { type ChatWeights, loadChatWeights } from '../../stages/chat-weights.ts'
import { type ChatEncoder, chatEncoder } from '../../text/chat/encode-chat.ts'
import { Generator } from '../../train/generation/generator.ts'
import type { Choices } from '../sampling.ts'

export class Speaker {
  readonly #loaded: ChatWeights
  readonly #encoder: ChatEncoder
  readonly #generator: Generator

  /** Loads the weights in `folder`; a StageError where they have no chat template. */
  constructor(folder: string, engine: Engine) {
    this.#loaded = loadChatWeights(folder)
    const { tokenizer, template, model } = this.#loaded
    this.#encoder = chatEncoder(template, tokenizer)
    this.#generator = new Generator(engine, model, {
      vocab: tokenizer.size,
      known: tokenizer.known,
      batch: 1,
      threads: availableParallelism(),
    })
  }

  /**
   * What it is given to go on from, and how many of the oldest messages were left out because they do not fit the context with room for an
   * answer; a system message stays. Nothing where the last message alone is too long.
   */
  prompt(messages: readonly Message[], { maxTokens }: Choices): { ids: Uint32Array; forgotten: number } | undefined {
    const { context } = this.#loaded.model
    const room = context - Math.min(maxTokens, context >> 1)
    const system = messages.filter(({ role }, i) => i === 0 && role === 'system')
    const rest = messages.slice(system.length)
    for (let forgotten = 0; forgotten < rest.length; forgotten++) {
      // What is left begins with something the user said.
      if (rest[forgotten]!.role !== 'user') continue
      const ids = this.#encoder.prompt([...system, ...rest.slice(forgotten)])
      if (ids.length <= room) return { ids, forgotten }
    }
    return undefined
  }

  /** The answer, piece by piece. */
  async *answer(ids: Uint32Array, choices: Choices): AsyncGenerator<string> {
    const { tensors, tokenizer } = this.#loaded
    const stop = [this.#encoder.end, ...(tokenizer.endOfText === undefined ? [] : [tokenizer.endOfText])]
    const decoder = tokenizer.stream()
    const random = new Random(choices.seed, 'sampling')
    for await (const id of this.#generator.stream(tensors, ids, { ...choices, stop }, random)) yield decoder.push(id)
    yield decoder.end()
  }

  dispose(): Promise<void> {
    return this.#generator.dispose()
  }
}
