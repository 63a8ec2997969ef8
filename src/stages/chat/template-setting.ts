/** The setting `template` of the kinds that render conversations, and the check that the tokenizer suits it. */

import type { ArtefactTypeOf } from '../../core/artefact.ts'
import type { CallContext, Misfit } from '../../core/kind/kind.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'
import {
  type ChatTemplate,
  inWords,
  isDate,
  neededTokens,
  type TemplateSetting,
  templateIdentity,
  templateOf,
  unnamedToken,
} from '../../text/chat/template.ts'

/** `template: chatml`, where `let chatml = template(…)`. */
export const templateSetting = {
  description: 'The chat template: chatml, llama3 or plain of std.chat, or one that the program declares.',
  calls: {
    template: {
      description: 'How the messages of a conversation become one text.',
      properties: {
        name: { type: 'string', minLength: 1, description: 'The name of the template, for people.' },
        tokens: {
          type: 'array',
          items: { type: 'string', minLength: 1, description: 'The text of a special token.' },
          description: 'The special tokens that the template writes. The tokenizer must have them.',
        },
        end: { type: 'string', minLength: 1, description: 'The special token that ends an answer.' },
        bos: {
          type: 'string',
          minLength: 1,
          optional: true,
          description: 'The special token that `{{ bos_token }}` writes, if the template names it.',
        },
        date: {
          type: 'string',
          minLength: 1,
          optional: true,
          description:
            'The day that `strftime_now` returns, `"2026-01-31"`, if the template names it. The default is always 2024-07-26.',
        },
        jinja: {
          type: 'array',
          minItems: 1,
          pieces: true,
          items: { type: 'string', description: 'A piece of Jinja.' },
          description:
            'The template in Jinja, in pieces that are joined as they are. It sees messages, tools and add_generation_prompt.',
        },
      },
    },
  },
} as const satisfies SettingSchema

/** The setting of kinds that take weights, which may bring a template. */
export const optionalTemplate = {
  ...templateSetting,
  optional: true,
  description: 'The chat template, for weights that have none.',
} as const satisfies SettingSchema

/** The template of a call, if the call gives one. */
export function givenTemplate({ template }: { readonly template?: TemplateSetting }): ChatTemplate | undefined {
  return template && templateOf(template)
}

interface TemplateCall extends CallContext {
  readonly inputs: { readonly weights: ArtefactTypeOf<'Weights'> }
  readonly settings: { readonly template?: TemplateSetting }
}

/**
 * The identity of the template of a call on `weights`: the one that the weights bring, or else the one of the setting `template`. A misfit
 * if there is neither, if there are two that differ, or if the tokenizer does not suit the template. `kind` is the name of the kind.
 */
export function templateOfCall(call: TemplateCall, kind: string): { readonly template: string } | Misfit {
  const { template: theirs, tokenizer } = call.inputs.weights
  const given = givenTemplate(call.settings)
  if (given === undefined) {
    if (theirs !== undefined) return { template: theirs }
    return {
      code: 'invalid-setting',
      at: 'weights',
      message: `These weights have no chat template yet, and \`${kind}\` was given none`,
      help: 'Give one: `use std.chat { chatml }`, and `template: chatml`. `weights(…, chat: true)` keeps the template of a checkpoint.',
    }
  }
  const misfit = templateMisfit(call, given, tokenizer)
  if (misfit !== undefined) return misfit
  const template = templateIdentity(given)
  if (theirs === undefined || theirs === template) return { template }
  return {
    code: 'template-mismatch',
    at: 'template',
    other: 'weights',
    message: `The weights were fine-tuned with ${inWords(theirs)}, not with ${template}`,
    help: 'Leave `template` out: the weights bring theirs.',
  }
}

/** An error in a template of a program: it names a token that it does not define, or its `date` is not a day. */
export function templateProblem(template: ChatTemplate | undefined): Misfit | undefined {
  if (template === undefined) return undefined
  const { name, date } = template
  const unnamed = unnamedToken(template)
  if (unnamed !== undefined)
    return {
      code: 'invalid-setting',
      at: 'template',
      message: `The chat template ${name} writes \`${unnamed}\` and does not say which token that is`,
      help: 'Say it beside `end`: `bos: "<|begin_of_text|>"`.',
    }
  if (date === undefined || isDate(date)) return undefined
  return {
    code: 'invalid-setting',
    at: 'template',
    message: `The chat template ${name} has the date ${JSON.stringify(date)}, which is not a day`,
    help: 'Write year, month and day: `date: "2026-01-31"`.',
  }
}

/** Why a template does not suit a tokenizer, given by its reference; `undefined` if it does, or if the tokens are not known yet. */
export function templateMisfit(call: CallContext, template: ChatTemplate, tokenizer: string): Misfit | undefined {
  const problem = templateProblem(template)
  if (problem !== undefined) return problem
  const special = call.specialTokens?.(tokenizer)
  const missing = neededTokens(template).filter((token) => !special?.includes(token))
  if (special === undefined || missing.length === 0) return undefined
  return {
    code: 'template-mismatch',
    at: 'template',
    other: 'weights',
    message: `The chat template ${template.name} needs ${missing.join(' and ')}, and the tokenizer \`${tokenizer}\` has no such special token`,
    help: `Train it with the template's tokens: \`train_bpe(…, special: ${template.name}.tokens)\`.`,
  }
}
