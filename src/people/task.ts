/** The tasks that people rank: a prompt, and answers to it. */

import type { Answers, Message } from '../core/conversation.ts'
import type { Json } from '../core/values/json.ts'
import { Document } from '../data/document.ts'
import type { LedgerBook } from '../data/ledger.ts'

export interface Task {
  readonly id: string
  readonly messages: readonly Message[]
  readonly tools?: readonly Json[]
  /** At least two, each text once. */
  readonly responses: readonly string[]
}

/** The task of a prompt and its answers; `undefined` if fewer than two answers differ. */
export function taskOf({ id, messages, tools, responses }: Answers): Task | undefined {
  const texts = [...new Set(responses.map(({ text }) => text))]
  return texts.length < 2 ? undefined : { id, messages, ...(tools === undefined ? {} : { tools }), responses: texts }
}

/** The tasks of prompts and their answers. The ledger counts all prompts as input, and those without a task as dropped. */
export function tasksOf(answers: readonly Answers[], book: LedgerBook): Task[] {
  const alike = book.rule('rank: all answers say the same')
  return answers.flatMap((each) => {
    const task = taskOf(each)
    const document = documentOf(task ?? { ...each, responses: [each.responses[0]?.text ?? ''] })
    book.in.add(Buffer.byteLength(document.text))
    if (task === undefined) alike.drop(document)
    return task ?? []
  })
}

/** A task as a ledger shows it. */
export function documentOf({ id, messages, responses }: Task): Document {
  return new Document([...messages.map(({ content }) => content), responses[0] ?? ''].join('\n\n'), id)
}
