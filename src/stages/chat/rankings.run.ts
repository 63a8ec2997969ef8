/** Runs `rankings`. */

import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { namesOf, valueAt } from '../../data/conversations/fields.ts'
import { preferences } from '../../data/conversations/preferences.ts'
import { promptFrom } from '../../data/conversations/prompt.ts'
import { tidy } from '../../data/conversations/ranks.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { ExamplePass, exactFieldsOf, itemsOf } from './example-pass.ts'
import { formOf } from './rankings.ts'

export const run: RunOf<typeof import('./rankings.ts').rankings> = async (stage) => {
  const { prompt, system } = stage.settings
  const form = formOf(stage.settings)
  // The check of the program has reported this before the run.
  if ('code' in form) throw new StageError(form.code, form.message, form.help)
  const isDefaultForm = stage.settings.chosen === undefined && form.form === 'chosen_rejected'
  const read = preferences(form, prompt === undefined ? undefined : promptFrom(prompt, system))
  const pass = new ExamplePass('rankings', stage.outputs.out, 'Rankings')
  let answers = 0
  let ties = 0
  let first = true
  for await (const item of itemsOf(stage, stage.inputs.docs, 'reading')) {
    if (first && isDefaultForm) recognizeLayout(stage, item.fields)
    first = false
    pass.take(item)
    // Only conversations have tools, whose numbers keep their digits.
    const preference = read(form.form === 'chosen_rejected' ? exactFieldsOf(item) : item.fields)
    if ('rule' in preference) {
      pass.drop(item, preference.rule)
      continue
    }
    const tidied = tidy(preference)
    if ('problem' in tidied) {
      pass.drop(item, tidied.problem)
      continue
    }
    if (tidied.merged > 0) pass.change('an answer that was there twice')
    const { responses, ranks } = tidied
    const tools = preference.tools === undefined ? {} : { tools: preference.tools }
    answers += responses.length
    if (new Set(ranks).size < ranks.length) ties++
    pass.write({ id: item.id, messages: preference.messages, ...tools, responses, ranks })
  }
  const report = pass.finish()
  pass.warn(stage)
  return { ...report, metrics: { ...report.metrics, responses: answers, with_ties: ties } }
}

/** If no form is given, the documents must have the fields of the default form. */
function recognizeLayout(stage: StageContext, fields: Parameters<typeof namesOf>[0]): void {
  if (valueAt(fields, 'chosen') === undefined || valueAt(fields, 'rejected') === undefined) {
    throw new StageError(
      'unknown-layout',
      `the documents have no "chosen" and "rejected"; their fields are: ${namesOf(fields)}`,
      'Say where the answers are: best_first: ["{better}", "{worse}"], or responses: and scores:.',
    )
  }
  stage.emit({ event: 'log', level: 'info', message: 'recognized the layout chosen_rejected: {"chosen", "rejected"}' })
}
