/** A model that is evaluated: its weights, its tokenizer and its chat template. */

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
  /** Its name, for people. */
  readonly name: string
  /** The folder of its weights. */
  readonly folder: string
  readonly model: ModelSpec
  readonly weights: Readonly<Record<string, Tensor>>
  readonly tokenizer: Tokenizer
  /** The digest of tokenizer.json: equal if two models have the same tokenizer. */
  readonly tokens: string
  readonly template?: ChatTemplate | undefined
}

/**
 * Loads the models of several folders. A model without a chat template takes `defaultTemplate`, or else the template of the first model that has
 * one, so that a model sees the same text before and after fine-tuning.
 */
export function loadContestants(
  entries: readonly { readonly name: string; readonly folder: string }[],
  defaultTemplate: ChatTemplate | undefined,
): Contestant[] {
  const own = entries.map(({ folder }) => loadTemplate(folder))
  const shared = defaultTemplate ?? own.find((template) => template !== undefined)
  return entries.map(({ name, folder }, i) => {
    const { model, tensors } = loadWeights(folder)
    const tokenizer = loadTokenizer(folder)
    const tokens = hash('sha256', readFileSync(join(folder, 'tokenizer.json')))
    return { name, folder, model, weights: tensors, tokenizer, tokens, template: own[i] ?? shared }
  })
}

/** The encoder of a model's conversations. Throws a StageError if no model has a chat template. */
export function encoderOf({ name, template, tokenizer }: Contestant): ChatEncoder {
  if (template !== undefined) return chatEncoder(template, tokenizer)
  throw new StageError(
    'no-template',
    `${name} has no chat template: it does not know how a conversation is written`,
    'Fine-tune it first (sft(…, template: chatml)), or name a template: `template: chatml`.',
  )
}
