/** A model that is evaluated: its weights, and how it reads and writes conversations. */

import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Tensor } from '../../engine/engine.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { type ChatEncoder, chatEncoder } from '../../text/chat/encode-chat.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import type { ChatTemplate } from '../../text/chat/template.ts'
import { loadTokenizer } from '../../text/load.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { loadWeights } from '../weights/weights.ts'

export interface Contestant {
  /** What people call it. */
  readonly name: string
  /** The folder of its weights. */
  readonly folder: string
  readonly model: ModelSpec
  readonly weights: Readonly<Record<string, Tensor>>
  readonly tokenizer: Tokenizer
  /** Equal where two have the same tokenizer. */
  readonly tokens: string
  readonly template?: ChatTemplate | undefined
}

/**
 * Loads the models of several folders. One without a chat template takes `given`, or else that of the first that has one: a model
 * before and after fine-tuning is shown the same text.
 */
export function loadContestants(
  entries: readonly { readonly name: string; readonly folder: string }[],
  given: ChatTemplate | undefined,
): Contestant[] {
  const own = entries.map(({ folder }) => loadTemplate(folder))
  const otherwise = given ?? own.find((template) => template !== undefined)
  return entries.map(({ name, folder }, i) => {
    const { model, tensors } = loadWeights(folder)
    const tokenizer = loadTokenizer(folder)
    const tokens = hash('sha256', readFileSync(join(folder, 'tokenizer.json')))
    return { name, folder, model, weights: tensors, tokenizer, tokens, template: own[i] ?? otherwise }
  })
}

/** How it reads conversations; a StageError where neither it nor any other has a template. */
export function encoderOf({ name, template, tokenizer }: Contestant): ChatEncoder {
  if (template !== undefined) return chatEncoder(template, tokenizer)
  throw new StageError(
    'no-template',
    `${name} has no chat template: it does not know how a conversation is written`,
    'Fine-tune it first (sft(…, template: chatml)), or say which: `template: chatml`.',
  )
}
