/**
 * Reads the `on` of `evaluate` once for all models. Malformed questions, and examples that the chat template of any model refuses, are left
 * out for all models, so that all are measured on the same examples.
 */

import type { Artefact } from '../../core/artefact.ts'
import type { Pair } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { readExamples, textsOf } from '../../data/conversations/examples.ts'
import { Document, idOf } from '../../data/document.ts'
import type { LedgerBook } from '../../data/ledger.ts'
import { documentsIn } from '../../data/shards/walk.ts'
import { type Contestant, encoderOf } from '../../train/evaluation/contestant.ts'
import { type Choice, choiceOf, type Question, questionOf } from '../../train/evaluation/quiz.ts'
import { Refusals } from '../chat/refusals.ts'

export type Measure = 'loss' | 'multiple_choice' | 'exact_match'

export type Material =
  | { readonly kind: 'tokens'; readonly path: string }
  | { readonly kind: 'documents'; readonly artefact: Artefact }
  | { readonly kind: 'pairs'; readonly pairs: readonly Pair[] }
  | { readonly kind: 'choices'; readonly choices: readonly Choice[] }
  | { readonly kind: 'questions'; readonly questions: readonly Question[] }

/** Reads `on`. Examples left out are counted in `book`, with a warning. A StageError `nothing-to-measure` if no example is left. */
export async function materialOf(
  stage: StageContext,
  on: Artefact,
  measure: Measure,
  contestants: readonly Contestant[],
  book: LedgerBook,
): Promise<Material> {
  if (measure === 'multiple_choice') {
    // A model without a template sees the plain question.
    const readers = contestants.filter(({ template }) => template !== undefined).map(encoderOf)
    const choices = await questionsIn(stage, on, book, choiceOf, ({ question, choices: all }) => {
      const asked = { role: 'user', content: question }
      for (const reader of readers)
        for (const choice of all) reader.answer([asked, { role: 'assistant', content: choice }])
    })
    return { kind: 'choices', choices }
  }
  if (measure === 'exact_match') {
    const readers = contestants.map(encoderOf)
    const questions = await questionsIn(stage, on, book, questionOf, ({ question }) => {
      for (const reader of readers) reader.prompt([{ role: 'user', content: question }])
    })
    return { kind: 'questions', questions }
  }
  if (on.kind === 'Pairs') return { kind: 'pairs', pairs: await pairsIn(stage, on, contestants, book) }
  return on.kind === 'Tokens' ? { kind: 'tokens', path: on.path } : { kind: 'documents', artefact: on }
}

async function pairsIn(
  stage: StageContext,
  on: Artefact,
  contestants: readonly Contestant[],
  book: LedgerBook,
): Promise<Pair[]> {
  const readers = contestants.map(encoderOf)
  const refusals = new Refusals(book, 'evaluate')
  const pairs: Pair[] = []
  for await (const { examples } of readExamples(on.path, 'Pairs'))
    for (const pair of examples) {
      const text = textsOf(pair).join('\n\n')
      book.in.add(Buffer.byteLength(text))
      const read = () => readers.map((reader) => reader.examples(pair.messages, pair.tools))
      if (refusals.attempt(pair.id, text, read) === undefined) continue
      book.out.add(Buffer.byteLength(text))
      pairs.push(pair)
    }
  refusals.warn(stage)
  if (pairs.length === 0)
    throw new StageError('nothing-to-measure', `there are no conversations to measure on${refusals.why}`, refusals.help)
  return pairs
}

/** Parses the questions of documents. `ask` renders a question for each model, and throws if a template refuses it. */
async function questionsIn<Q>(
  stage: StageContext,
  on: Artefact,
  book: LedgerBook,
  parse: (id: string, fields: Document['fields']) => Q,
  ask: (question: Q) => void,
): Promise<Q[]> {
  const refusals = new Refusals(book, 'evaluate')
  const malformed = book.rule('evaluate: no question with its answer')
  let first: StageError | undefined
  const questions: Q[] = []
  for await (const batch of documentsIn([on.path], stage, 'reading questions'))
    for (const document of batch) {
      const text = document.text === '' ? JSON.stringify(document.fields) : document.text
      book.in.add(Buffer.byteLength(text))
      const id = idOf(document)
      let question: Q
      try {
        question = parse(id, document.fields)
      } catch (error) {
        if (!(error instanceof StageError)) throw error
        first ??= error
        malformed.drop(new Document(text, id), () => error.message)
        continue
      }
      const asked = refusals.attempt(id, text, () => {
        ask(question)
        return true
      })
      if (asked === undefined) continue
      book.out.add(Buffer.byteLength(text))
      questions.push(question)
    }
  refusals.warn(stage)
  if (first !== undefined && questions.length > 0) {
    const [lost, all] = [malformed.documents, book.in.documents].map((number) => number.toLocaleString('en-US'))
    const message = `${lost} of ${all} questions left out: ${first.message}`
    stage.emit({ event: 'log', level: 'warning', message })
  }
  if (questions.length > 0) return questions
  throw first ?? new StageError('nothing-to-measure', `there are no questions to ask${refusals.why}`, refusals.help)
}
