/** Makes rankings of the fields of documents, in the common forms of preference data. */

import type { Message } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { keyOf } from './examples.ts'
import { fieldTemplate } from './field-template.ts'
import { valueAt, valuesAt } from './fields.ts'
import { promptOf, wholeConversation } from './layouts.ts'
import type { ConversationResult } from './messages.ts'
import { type FilledPrompt, fillIn } from './prompt.ts'
import { type Ranked, ranksByScore, ranksOfExtremes } from './ranks.ts'

/** A form of preference data, with the fields that it uses. */
export type Form =
  /** Templates of the answers, from best to worst. */
  | { readonly form: 'best_first'; readonly answers: readonly string[] }
  /** Paths of the answers, and of a number for each: higher `scores` are better, lower `ranks` are better. */
  | { readonly form: 'scores' | 'ranks'; readonly responses: readonly string[]; readonly numbers: readonly string[] }
  /** Paths of the answers, and of the best and the worst: an index from 0, or the text of the answer. */
  | {
      readonly form: 'best_worst'
      readonly responses: readonly string[]
      readonly best: string
      readonly worst: string
    }
  /** Paths of two whole conversations, or of two answers to a prompt. */
  | { readonly form: 'chosen_rejected'; readonly chosen: string; readonly rejected: string }

/** A prompt with ranked answers, or the rule that drops the document. */
export type Preference =
  | (Ranked & { readonly messages: readonly Message[]; readonly tools?: readonly Json[] })
  | { readonly rule: string }

/** Makes a function that reads preferences. `ask` makes the prompt; without it, the prompt comes from the document's own fields. */
export function preferences(form: Form, ask: ((fields: JsonObject) => FilledPrompt) | undefined) {
  if (form.form === 'chosen_rejected') return (fields: JsonObject) => chosenRejected(fields, form, ask)
  const rank = ranker(form)
  return (fields: JsonObject): Preference => {
    const asked: FilledPrompt = ask === undefined ? { rule: 'no prompt' } : ask(fields)
    if ('rule' in asked) return asked
    const ranked = rank(fields)
    return 'rule' in ranked ? ranked : { messages: asked.messages, ...ranked }
  }
}

function ranker(
  form: Exclude<Form, { readonly form: 'chosen_rejected' }>,
): (fields: JsonObject) => Ranked | { readonly rule: string } {
  if (form.form === 'best_first') {
    const templates = form.answers.map(fieldTemplate)
    return (fields) => {
      const responses: string[] = []
      for (const template of templates) {
        const answer = fillIn(template, fields)
        if ('rule' in answer) return answer
        responses.push(answer.text)
      }
      return answered(
        responses,
        responses.map((_, i) => i + 1),
      )
    }
  }
  return (fields) => {
    const responses = listed(fields, form.responses)
    if ('rule' in responses) return responses
    const texts = responses.values.filter((value) => typeof value === 'string')
    if (texts.length < responses.values.length) return { rule: 'an answer that is not text' }
    if (form.form === 'best_worst') return extremes(fields, texts, form)
    const numbers = listed(fields, form.numbers)
    if ('rule' in numbers) return numbers
    if (numbers.values.length !== texts.length) return { rule: `not as many ${form.form} as answers` }
    const scores = numbers.values.map((value) => (typeof value === 'boolean' ? Number(value) : value))
    if (!scores.every((score) => typeof score === 'number')) return { rule: `${form.form} that are not numbers` }
    return answered(texts, ranksByScore(form.form === 'ranks' ? scores.map((rank) => -rank) : scores))
  }
}

function answered(responses: readonly string[], ranks: readonly number[]): Ranked | { readonly rule: string } {
  if (responses.some((response) => response.trim() === '')) return { rule: 'an empty answer' }
  return { responses, ranks }
}

function listed(
  fields: JsonObject,
  paths: readonly string[],
): { readonly values: readonly Json[] } | { readonly rule: string } {
  const values: Json[] = []
  for (const path of paths) {
    const found = valuesAt(fields, path)
    if (found.length === 0) return { rule: `no field {${path}}` }
    // The path of a list stands for its items.
    values.push(...found.flatMap((value) => (Array.isArray(value) ? (value as readonly Json[]) : [value])))
  }
  return { values }
}

function extremes(
  fields: JsonObject,
  responses: readonly string[],
  { best, worst }: { readonly best: string; readonly worst: string },
): Ranked | { readonly rule: string } {
  const places: number[] = []
  for (const path of [best, worst]) {
    const value = valueAt(fields, path)
    const place = typeof value === 'string' ? responses.indexOf(value) : value
    if (value === undefined) return { rule: `no field {${path}}` }
    if (typeof place !== 'number' || !Number.isInteger(place) || place < 0 || place >= responses.length) {
      return { rule: `{${path}} is not one of the answers` }
    }
    places.push(place)
  }
  if (places[0] === places[1]) return { rule: 'one answer is both best and worst' }
  return answered(responses, ranksOfExtremes(responses.length, places[0]!, places[1]!))
}

function chosenRejected(
  fields: JsonObject,
  form: { readonly chosen: string; readonly rejected: string },
  ask: ((fields: JsonObject) => FilledPrompt) | undefined,
): Preference {
  const asked = ask?.(fields)
  if (asked !== undefined && 'rule' in asked) return asked
  // A prompt from a template replaces everything else in the record. Without one, the system message, history and tools count too.
  const prompt = asked ?? promptOf(fields)
  const beside = asked === undefined ? fields : {}
  const sides: Exclude<ConversationResult, { readonly problem: string }>[] = []
  for (const path of [form.chosen, form.rejected]) {
    const value = valueAt(fields, path)
    if (value === undefined) return { rule: `no field {${path}}` }
    const whole = wholeConversation(beside, value, prompt)
    if ('problem' in whole) return { rule: whole.problem }
    const answer = whole.messages.at(-1)
    if (answer?.role !== 'assistant') return { rule: 'a conversation that ends without an answer' }
    if (answer.tool_calls !== undefined) return { rule: 'an answer that calls tools' }
    if (answer.reasoning_content !== undefined) return { rule: 'an answer whose thoughts are in a field of their own' }
    sides.push(whole)
  }
  const [chosen, rejected] = sides as [(typeof sides)[number], (typeof sides)[number]]
  const messages = chosen.messages.slice(0, -1)
  if (messages.length === 0) return { rule: 'an answer without a prompt' }
  if (keyOf(messages) !== keyOf(rejected.messages.slice(0, -1)))
    return { rule: 'the two answer different conversations' }
  const ranked = answered([chosen.messages.at(-1)!.content, rejected.messages.at(-1)!.content], [1, 2])
  if ('rule' in ranked) return ranked
  return { messages, ...(chosen.tools === undefined ? {} : { tools: chosen.tools }), ...ranked }
}
