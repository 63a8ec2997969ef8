/** What people are asked to rank: a prompt, and answers to it. */

import type { Answers, Message } from '../core/conversation.ts'
import type { Json } from '../core/json.ts'
import { Document } from '../data/document.ts'
import type { LedgerBook } from '../data/ledger.ts'

export interface Task {
  readonly id: string
  readonly messages: readonly Message[]
  readonly tools?: readonly Json[]
  /** Each text once; two at least. */
  readonly responses: readonly string[]
}

/** The task of a prompt's answers; nothing where fewer than two of them differ. */
export function taskOf({ id, messages, tools, responses }: Answers): Task | undefined {
  const texts = [...new Set(responses.map(({ text }) => text))]
  return texts.length < 2 ? undefined : { id, messages, ...(tools === undefined ? {} : { tools }), responses: texts }
}

/** The tasks of many answers; the ledger counts all of them as in, and what gives no task as left out. */
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

/** What a ledger shows of a task. */
export function documentOf({ id, messages, responses }: Task): Document {
  return new Document([...messages.map(({ content }) => content), responses[0] ?? ''].join('\n\n'), id)
}
