/** The setting `template` of the kinds that render conversations, and the check that the tokenizer suits it. */

import type { JsonObject } from '../../core/json.ts'
import type { Misfit, TypedCall } from '../../core/kind.ts'
import type { SettingSchema } from '../../core/setting.ts'
import {
  type ChatTemplate,
  inWords,
  isDate,
  neededTokens,
  templateIdentity,
  templateOf,
  unnamedToken,
} from '../../text/chat/template.ts'

/** `template: chatml`, where `let chatml = template(…)`. */
export const templateSetting: SettingSchema = {
  description: 'The chat template: chatml, llama3 or plain of std.chat, or one of yours.',
  calls: {
    template: {
      description: 'How the messages of a conversation become one text.',
      properties: {
        name: { type: 'string', minLength: 1, description: 'What it is called.' },
        tokens: {
          type: 'array',
          items: { type: 'string', minLength: 1, description: 'The text of a special token.' },
          description: 'The special tokens it writes; the tokenizer has to have them.',
        },
        end: { type: 'string', minLength: 1, description: 'The special token that ends an answer.' },
        bos: {
          type: 'string',
          minLength: 1,
          optional: true,
          description: 'The special token that `{{ bos_token }}` writes, where the template names it.',
        },
        date: {
          type: 'string',
          minLength: 1,
          optional: true,
          description:
            'The day that `strftime_now` gives, `"2026-01-31"`, where the template names it; otherwise 2024-07-26, always.',
        },
        jinja: {
          type: 'array',
          minItems: 1,
          pieces: true,
          items: { type: 'string', description: 'A piece of Jinja.' },
          description:
            'The template in Jinja, in pieces that are joined as they are: it sees messages, tools and add_generation_prompt.',
        },
      },
    },
  },
}

/** The template of a call's settings. */
export function templateParam(params: JsonObject, setting = 'template'): ChatTemplate {
  return templateOf(params[setting] as JsonObject)
}

/**
 * The identity of the template that a call on `weights` works with: theirs, or the one that its setting `template` gives to weights
 * without any. A misfit where there is neither, where both are there and differ, or where the tokenizer does not suit it.
 */
export function templateOfCall(call: TypedCall, kind: string): { readonly template: string } | Misfit {
  const weights = call.inputs.weights![0]!
  if (weights.kind !== 'Weights') throw new Error(`${kind} was checked with other artefacts`)
  const { template: theirs } = weights
  if (call.params.template === undefined) {
    if (theirs !== undefined) return { template: theirs }
    return {
      code: 'invalid-setting',
      at: 'weights',
      message: `These weights have no chat template yet, and \`${kind}\` was given none`,
      help: 'Give one: `use std.chat { chatml }`, and `template: chatml`.',
    }
  }
  const misfit = templateMisfit(call, weights.tokenizer)
  if (misfit !== undefined) return misfit
  const template = templateIdentity(templateParam(call.params))
  if (theirs === undefined || theirs === template) return { template }
  return {
    code: 'template-mismatch',
    at: 'template',
    other: 'weights',
    message: `The weights were fine-tuned with ${inWords(theirs)}, not with ${template}`,
    help: 'Leave `template` out: the weights know theirs.',
  }
}

/** What is wrong with a template of a program by itself: it names a token or a day that it does not have. */
export function templateProblem(template: ChatTemplate, setting = 'template'): Misfit | undefined {
  const { name, date } = template
  const unnamed = unnamedToken(template)
  if (unnamed !== undefined)
    return {
      code: 'invalid-setting',
      at: setting,
      message: `The chat template ${name} writes \`${unnamed}\` and does not say which token that is`,
      help: 'Say it beside `end`: `bos: "<|begin_of_text|>"`.',
    }
  if (date === undefined || isDate(date)) return undefined
  return {
    code: 'invalid-setting',
    at: setting,
    message: `The chat template ${name} has the date ${JSON.stringify(date)}, which is no day`,
    help: 'Write year, month and day: `date: "2026-01-31"`.',
  }
}

/** What does not fit between a template and the tokenizer of a reference; nothing where they fit, or nothing is known yet. */
export function templateMisfit(
  call: TypedCall,
  tokenizer: string,
  setting = 'template',
  role = 'weights',
): Misfit | undefined {
  const template = templateParam(call.params, setting)
  const problem = templateProblem(template, setting)
  if (problem !== undefined) return problem
  const special = call.specialTokens?.(tokenizer)
  const missing = neededTokens(template).filter((token) => !special?.includes(token))
  if (special === undefined || missing.length === 0) return undefined
  return {
    code: 'template-mismatch',
    at: setting,
    other: role,
    message: `The chat template ${template.name} needs ${missing.join(' and ')}, and the tokenizer \`${tokenizer}\` has no such special token`,
    help: `Train it with the template's tokens: \`train_bpe(…, special: ${template.name}.tokens)\`.`,
  }
}
