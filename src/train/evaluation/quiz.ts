/** Questions with known answers: which of several choices a model finds likeliest, and whether it says the very words. */

import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { ChatEncoder } from '../../text/chat/encode-chat.ts'
import type { Contestant } from './contestant.ts'
import type { Masked } from './likelihood.ts'

/** `{"question": …, "choices": [… , …], "answer": 0}`, or the text of the right choice in place of its number. */
export interface Choice {
  readonly question: string
  readonly choices: readonly string[]
  /** Counted from 0. */
  readonly answer: number
}

/** `{"question": …, "answer": …}`, or a list of answers any of which will do. */
export interface Question {
  readonly question: string
  readonly answers: readonly string[]
}

/** A question with choices of a document's fields; a StageError where they are not as they should be. */
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

/** A question with its answers of a document's fields; a StageError where they are not as they should be. */
export function questionOf(id: string, { question, answer }: JsonObject): Question {
  const answers: readonly Json[] = Array.isArray(answer) ? answer : answer === undefined ? [] : [answer]
  if (typeof question !== 'string' || answers.length === 0 || !answers.every((each) => typeof each === 'string'))
    throw malformed(id, '{"question": "…", "answer": "…"}')
  return { question, answers: answers as readonly string[] }
}

function malformed(id: string, expected: string): StageError {
  return new StageError('not-a-question', `the document ${id} is no question: it has to have ${expected}`)
}

/** A question with one of its choices as a model reads it; its choice counts. Without a template the choice follows a space. */
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
  const asked = tokenizer.encode(question)
  const said = tokenizer.encode(` ${choice}`)
  const ids = new Uint32Array(asked.length + said.length)
  ids.set(asked)
  ids.set(said, asked.length)
  return { ids, mask: Uint8Array.from(ids, (_, t) => (t >= asked.length ? 1 : 0)) }
}

/**
 * Which choice is likeliest: by the sum of its log-probabilities, and by that sum over the UTF-8 bytes of its text, so that a
 * long one is at no disadvantage (`acc` and `acc_norm` of EleutherAI's lm-evaluation-harness). 1 where it is right, else 0.
 */
export function rightChoice(
  { choices, answer }: Choice,
  sums: readonly number[],
): { readonly plain: number; readonly perByte: number } {
  const likeliest = (scores: readonly number[]) => scores.indexOf(Math.max(...scores))
  const perByte = sums.map((sum, i) => sum / Math.max(1, Buffer.byteLength(choices[i]!)))
  return { plain: likeliest(sums) === answer ? 1 : 0, perByte: likeliest(perByte) === answer ? 1 : 0 }
}

/** Whether an answer has the very words of a right one; white space does not count, and letters are composed (NFC). */
export function isExact(said: string, { answers }: Question): boolean {
  const plain = (text: string) => text.normalize('NFC').trim().replace(/\s+/g, ' ')
  return answers.some((answer) => plain(answer) === plain(said))
}
