/** A model that takes part in a chat. */

import { availableParallelism } from 'node:os'
import type { Message } from '../../core/conversation.ts'
import { Random } from '../../core/values/random.ts'
import type { Engine } from '../../engine/engine.ts'
import { withoutTemplate } from '../../stages/chat/chat-weights.ts'
import { type ChatEncoder, chatEncoder } from '../../text/chat/encode-chat.ts'
import { withDate } from '../../text/chat/template.ts'
import { Generator } from '../../train/generation/generator.ts'
import type { Architecture } from '../../train/hugging-face/layout.ts'
import { type OpenModel, openModel } from '../../train/weights/model-folder.ts'
import type { Choices } from '../terminal/sampling.ts'

export class Speaker {
  readonly #loaded: OpenModel
  readonly #encoder: ChatEncoder
  readonly #generator: Generator

  /**
   * Opens the model in `folder`, of llmpipe or of Hugging Face. `date` is the day that its chat template writes as today. Throws a
   * StageError if the model has no chat template, or if that template writes no day.
   */
  static async open(folder: string, engine: Engine, architecture: Architecture, date?: string): Promise<Speaker> {
    return new Speaker(await openModel(folder, architecture), engine, date)
  }

  private constructor(loaded: OpenModel, engine: Engine, date?: string) {
    const { tokenizer, template, model } = loaded
    if (template === undefined) throw withoutTemplate()
    this.#loaded = loaded
    this.#encoder = chatEncoder(date === undefined ? template : withDate(template, date), tokenizer)
    this.#generator = new Generator(engine, model, {
      vocab: tokenizer.size,
      known: tokenizer.known,
      batch: 1,
      threads: availableParallelism(),
    })
  }

  /** Notes about the parts of the folder that were not loaded as they are. */
  get notes(): readonly string[] {
    return this.#loaded.notes
  }

  /**
   * The prompt, as token ids, and the number of oldest messages that were left out because they do not fit into the context beside an
   * answer. A system message always stays. `undefined` if the last message alone is too long.
   */
  prompt(messages: readonly Message[], { maxTokens }: Choices): { ids: Uint32Array; forgotten: number } | undefined {
    const { context } = this.#loaded.model
    const room = context - Math.min(maxTokens, context >> 1)
    const system = messages.filter(({ role }, i) => i === 0 && role === 'system')
    const rest = messages.slice(system.length)
    for (let forgotten = 0; forgotten < rest.length; forgotten++) {
      // The remaining messages begin with one of the user.
      if (rest[forgotten]!.role !== 'user') continue
      const ids = this.#encoder.prompt([...system, ...rest.slice(forgotten)])
      if (ids.length <= room) return { ids, forgotten }
    }
    return undefined
  }

  /** Yields the answer in pieces of text. */
  async *answer(ids: Uint32Array, choices: Choices): AsyncGenerator<string> {
    const { tensors, tokenizer, ends: stop } = this.#loaded
    const decoder = tokenizer.stream()
    const random = new Random(choices.seed, 'sampling')
    for await (const id of this.#generator.stream(tensors, ids, { ...choices, stop }, random)) yield decoder.push(id)
    yield decoder.end()
  }

  dispose(): Promise<void> {
    return this.#generator.dispose()
  }
}
