/** The kind `rankings`: fields of documents to prompts with ranked answers. */

import type { JsonObject } from '../../core/json.ts'
import type { Misfit } from '../../core/kind.ts'
import type { SettingSchema } from '../../core/setting.ts'
import type { StageModule } from '../../core/stage.ts'
import type { Form } from '../../data/conversations/preferences.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { promptSetting, responseSetting, systemSetting } from './conversation-settings.ts'

const path = (description: string): SettingSchema => ({ type: 'string', minLength: 1, optional: true, description })
const paths = (description: string): SettingSchema => ({
  type: 'array',
  minItems: 1,
  items: { type: 'string', minLength: 1, description: 'The path of a field: `score`, `a.score`, `answers.*.score`.' },
  optional: true,
  description,
})

/** The settings that make up each form, and no other. */
const forms: Readonly<Record<Form['form'], readonly string[]>> = {
  best_first: ['best_first'],
  scores: ['responses', 'scores'],
  ranks: ['responses', 'ranks'],
  best_worst: ['responses', 'best', 'worst'],
  chosen_rejected: ['chosen', 'rejected'],
}
const formSettings = [...new Set(Object.values(forms).flat())]

export const rankings: Kind = {
  name: 'rankings',
  version: 3,
  summary: 'Takes ranked answers from the fields of documents.',
  documentation: `The settings say the form the preferences have:

- \`best_first: ["{cynic}", "{scholar}"]\`: templates of the answers, the best first;
- \`responses: ["a.text", "b.text"], scores: ["a.score", "b.score"]\`: paths of the answers and of a number or truth value for
  each; the higher the better, equal ones tie. \`ranks:\` instead: the lower the better. \`answers.*.text\` is each of a list;
- \`responses: […], best: "…", worst: "…"\`: which answer is best and which worst, by number from 0 or by its text; the others tie;
- \`chosen: "chosen", rejected: "rejected"\`: two whole conversations (hh-rlhf's text, or messages) that part in their last
  answer, or two answers to \`prompt:\`, or else to the field \`prompt\`, to \`instruction\` and \`input\`, or to a list of
  messages in \`conversations\` or \`messages\`; with the \`system\`, \`history\` and \`tools\` beside it. It is the form where
  none is given.

An answer that is there twice counts once. What says nothing of a preference (all tie, one text has two ranks, a field is
missing) is left out and counted, and the run warns.`,
  shape: 'stage',
  inputs: { docs: { kinds: ['Docs'], description: 'The documents whose fields are taken.' } },
  settings: {
    properties: {
      prompt: { ...promptSetting, optional: true },
      system: systemSetting,
      best_first: {
        type: 'array',
        minItems: 2,
        items: responseSetting,
        optional: true,
        description: 'Templates of the answers, the best first.',
      },
      responses: paths('The fields of the answers.'),
      scores: paths('A field for each answer: the higher the better.'),
      ranks: paths('A field for each answer: the lower the better.'),
      best: path('The field that says which answer is best.'),
      worst: path('The field that says which answer is worst.'),
      chosen: path('The field of the better conversation or answer.'),
      rejected: path('The field of the worse conversation or answer.'),
    },
  },
  positional: ['docs', 'prompt'],
  outputs({ params }) {
    const form = formOf(params)
    if ('code' in form) return form
    if (params.prompt === undefined && form.form !== 'chosen_rejected') {
      return {
        code: 'invalid-setting',
        at: 'docs',
        message: 'These answers have no prompt',
        help: 'Say what was asked: `prompt: "{question}"`.',
      }
    }
    return [{ name: 'out', type: { kind: 'Rankings' } }]
  },
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async load(): Promise<StageModule<StageServices>> {
    const { run } = await import('./rankings.run.ts')
    return { run }
  },
}

/** The form that the settings given make up. */
export function formOf(params: JsonObject): Form | Misfit {
  const given = formSettings.filter((name) => params[name] !== undefined)
  const [form] =
    Object.entries(forms).find(
      ([, names]) => names.length === given.length && names.every((name) => given.includes(name)),
    ) ?? []
  const { responses, best, worst } = params as { responses: string[]; best: string; worst: string }
  if (given.length === 0) return { form: 'chosen_rejected', chosen: 'chosen', rejected: 'rejected' }
  switch (form as Form['form'] | undefined) {
    case 'best_first':
      return { form: 'best_first', answers: params.best_first as string[] }
    case 'scores':
      return { form: 'scores', responses, numbers: params.scores as string[] }
    case 'ranks':
      return { form: 'ranks', responses, numbers: params.ranks as string[] }
    case 'best_worst':
      return { form: 'best_worst', responses, best, worst }
    case 'chosen_rejected':
      return { form: 'chosen_rejected', chosen: params.chosen as string, rejected: params.rejected as string }
    case undefined: {
      const all = Object.values(forms).map((names) => names.join(' and '))
      const code = 'invalid-setting'
      return {
        code,
        at: given[0]!,
        ...(given[1] === undefined ? {} : { other: given[1] }),
        message: `${given.join(', ')} ${given.length === 1 ? 'is' : 'are'} no form of preferences`,
        help: `Give one of: ${all.join('; ')}.`,
      }
    }
  }
}
