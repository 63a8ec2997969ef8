/** What people are asked to rank: a prompt, and answers to it. */

import type { Answers, Message } from '../core/conversation.ts'
import { Document } from '../data/document.ts'
import type { LedgerBook } from '../data/ledger.ts'

export interface Task {
  readonly id: string
  readonly messages: readonly Message[]
  /** Each text once; two at least. */
  readonly responses: readonly string[]
}

/** The task of a prompt's answers; nothing where fewer than two of them differ. */
export function taskOf({ id, messages, responses }: Answers): Task | undefined {
  const texts = [...new Set(responses.map(({ text }) => text))]
  return texts.length < 2 ? undefined : { id, messages, responses: texts }
}

/** The tasks of many answers; what gives none is in the ledger. */
export function tasksOf(answers: readonly Answers[], book: LedgerBook): Task[] {
  const alike = book.rule('rank: all answers say the same')
  return answers.flatMap((each) => {
    const text = [...each.messages.map(({ content }) => content), each.responses[0]?.text ?? ''].join('\n\n')
    book.in.add(Buffer.byteLength(text))
    const task = taskOf(each)
    if (task === undefined) alike.drop(new Document(text, each.id), () => undefined)
    else book.out.add(Buffer.byteLength(text))
    return task ?? []
  })
}
