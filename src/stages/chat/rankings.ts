/** The kind `rankings`: makes prompts with ranked answers of the fields of documents. */

import type { Misfit } from '../../core/kind/kind.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'
import type { Form } from '../../data/conversations/preferences.ts'
import { defineKind } from '../shared/define-kind.ts'
import { promptSetting, responseSetting, systemSetting } from './conversation-settings.ts'

const path = (description: string) =>
  ({ type: 'string', minLength: 1, optional: true, description }) as const satisfies SettingSchema
const paths = (description: string) =>
  ({
    type: 'array',
    minItems: 1,
    items: { type: 'string', minLength: 1, description: 'The path of a field: `score`, `a.score`, `answers.*.score`.' },
    optional: true,
    description,
  }) as const satisfies SettingSchema

/** The settings that make up each form, and no others. */
const forms: Readonly<Record<Form['form'], readonly (keyof FormSettings)[]>> = {
  best_first: ['best_first'],
  scores: ['responses', 'scores'],
  ranks: ['responses', 'ranks'],
  best_worst: ['responses', 'best', 'worst'],
  chosen_rejected: ['chosen', 'rejected'],
}
const formSettings = [...new Set(Object.values(forms).flat())]

export const rankings = defineKind({
  name: 'rankings',
  version: 3,
  summary: 'Reads ranked answers from the fields of documents.',
  documentation: `The settings give the form of the preferences:

- \`best_first: ["{cynic}", "{scholar}"]\`: templates of the answers, the best first;
- \`responses: ["a.text", "b.text"], scores: ["a.score", "b.score"]\`: paths of the answers and of a number or truth value for
  each; the higher the better, equal ones tie. \`ranks:\` instead: the lower the better. \`answers.*.text\` is each of a list;
- \`responses: […], best: "…", worst: "…"\`: which answer is best and which worst, by number from 0 or by its text; the others tie;
- \`chosen: "chosen", rejected: "rejected"\`: two whole conversations (hh-rlhf's text, or messages) that part in their last
  answer, or two answers to \`prompt:\`, or else to the field \`prompt\`, to \`instruction\` and \`input\`, or to a list of
  messages in \`conversations\` or \`messages\`; with the \`system\`, \`history\` and \`tools\` beside it. This is the default
  form.

A repeated answer counts once. A document without a preference (all answers tie, one text has two ranks, a field is missing) is left out
and counted, and the run warns.`,
  inputs: { docs: { kinds: ['Docs'], description: 'The documents whose fields are taken.' } },
  settings: {
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
  positional: ['docs', 'prompt'],
  outputs({ settings }) {
    const form = formOf(settings)
    if ('code' in form) return form
    if (settings.prompt === undefined && form.form !== 'chosen_rejected') {
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
  load: () => import('./rankings.run.ts'),
})

/** The settings of the forms, in the order of `forms`. */
export type FormSettings = {
  readonly [Name in 'best_first' | 'responses' | 'scores' | 'ranks']?: readonly string[]
} & { readonly [Name in 'best' | 'worst' | 'chosen' | 'rejected']?: string }

/** The form that the given settings make up. */
export function formOf(settings: FormSettings): Form | Misfit {
  const { best_first: answers, responses, scores, ranks, best, worst, chosen, rejected } = settings
  const given = formSettings.filter((name) => settings[name] !== undefined)
  const isOf = (form: keyof typeof forms) =>
    forms[form].length === given.length && forms[form].every((name) => given.includes(name))
  const [first, second] = given
  if (first === undefined) return { form: 'chosen_rejected', chosen: 'chosen', rejected: 'rejected' }
  if (answers && isOf('best_first')) return { form: 'best_first', answers }
  if (responses && scores && isOf('scores')) return { form: 'scores', responses, numbers: scores }
  if (responses && ranks && isOf('ranks')) return { form: 'ranks', responses, numbers: ranks }
  if (responses && best && worst && isOf('best_worst')) return { form: 'best_worst', responses, best, worst }
  if (chosen && rejected && isOf('chosen_rejected')) return { form: 'chosen_rejected', chosen, rejected }
  return {
    code: 'invalid-setting',
    at: first,
    ...(second === undefined ? {} : { other: second }),
    message: `${given.join(', ')} ${given.length === 1 ? 'is' : 'are'} not a form of preferences`,
    help: `Give one of: ${Object.values(forms)
      .map((names) => names.join(' and '))
      .join('; ')}.`,
  }
}
