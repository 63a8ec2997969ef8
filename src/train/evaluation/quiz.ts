/** Questions with known answers: which of several choices a model finds most likely, and whether its answer matches exactly. */

import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import type { ChatEncoder } from '../../text/chat/encode-chat.ts'
import type { Contestant } from './contestant.ts'
import type { Masked } from './likelihood.ts'

/** A question with choices: `{"question": …, "choices": [… , …], "answer": 0}`, or the text of the right choice as `answer`. */
export interface Choice {
  readonly question: string
  readonly choices: readonly string[]
  /** Counted from 0. */
  readonly answer: number
}

/** A question with an answer: `{"question": …, "answer": …}`, or a list of answers of which each is right. */
export interface Question {
  readonly question: string
  readonly answers: readonly string[]
}

/** A question with choices, from the fields of a document. Throws a StageError if they are malformed. */
export function choiceOf(id: string, { question, choices, answer }: JsonObject): Choice {
  const isList = Array.isArray(choices) && choices.length >= 2 && choices.every((each) => typeof each === 'string')
  if (typeof question !== 'string' || !isList)
    throw malformed(id, '{"question": "…", "choices": ["…", "…"], "answer": 0}')
  const texts = choices as readonly string[]
  const right = typeof answer === 'string' ? texts.indexOf(answer) : answer
  if (typeof right !== 'number' || texts[right] === undefined)
    throw malformed(id, 'an "answer" that is one of its choices, by number from 0 or by its text')
  return { question, choices: texts, answer: right }
}

/** A question with answers, from the fields of a document. Throws a StageError if they are malformed. */
export function questionOf(id: string, { question, answer }: JsonObject): Question {
  const answers: readonly Json[] = Array.isArray(answer) ? answer : answer === undefined ? [] : [answer]
  if (typeof question !== 'string' || answers.length === 0 || !answers.every((each) => typeof each === 'string'))
    throw malformed(id, '{"question": "…", "answer": "…"}')
  return { question, answers: answers as readonly string[] }
}

function malformed(id: string, expected: string): StageError {
  return new StageError('not-a-question', `the document ${id} is not a question: it must have ${expected}`)
}

/** The tokens of a question and one of its choices; those of the choice count. Without a chat template, a space comes between them. */
export function choiceSequence(
  { tokenizer }: Contestant,
  encoder: ChatEncoder | undefined,
  question: string,
  choice: string,
): Masked {
  if (encoder !== undefined) {
    const messages = [
      { role: 'user', content: question },
      { role: 'assistant', content: choice },
    ]
    const { ids, start } = encoder.answer(messages)
    return { ids, mask: Uint8Array.from(ids, (_, t) => (t >= start ? 1 : 0)) }
  }
  const before = tokenizer.encode(question)
  const after = tokenizer.encode(` ${choice}`)
  const ids = new Uint32Array(before.length + after.length)
  ids.set(before)
  ids.set(after, before.length)
  return { ids, mask: Uint8Array.from(ids, (_, t) => (t >= before.length ? 1 : 0)) }
}

/**
 * Whether the most likely choice is the right one, 1 or 0: by the sum of its log-probabilities (`acc` of EleutherAI's
 * lm-evaluation-harness), and by that sum per UTF-8 byte of its text, so that a long choice has no disadvantage (`acc_norm`).
 */
export function rightChoice(
  { choices, answer }: Choice,
  sums: readonly number[],
): { readonly plain: number; readonly perByte: number } {
  const likeliest = (scores: readonly number[]) => scores.indexOf(Math.max(...scores))
  const perByte = sums.map((sum, i) => sum / Math.max(1, Buffer.byteLength(choices[i]!)))
  return { plain: likeliest(sums) === answer ? 1 : 0, perByte: likeliest(perByte) === answer ? 1 : 0 }
}

/** Whether an answer equals a right one, after NFC and without regard to white space. */
export function isExact(answer: string, { answers }: Question): boolean {
  const plain = (text: string) => text.normalize('NFC').trim().replace(/\s+/g, ' ')
  return answers.some((right) => plain(right) === plain(answer))
}
