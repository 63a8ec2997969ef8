/** What `evaluate` makes of `on`, for each model by itself. */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Artefact } from '../core/artefact.ts'
import type { StageRun } from '../core/kind.ts'
import { readExamples } from '../data/conversations/examples.ts'
import { idOf } from '../data/document.ts'
import { documentsIn } from '../data/walk.ts'
import { TokenReader } from '../text/tokens.ts'
import { TokenWriter } from '../text/tokens-writer.ts'
import { answersOf } from '../train/evaluation/answers.ts'
import { type Contestant, encoderOf } from '../train/evaluation/contestant.ts'
import {
  answerLoss,
  type Machine,
  type Masked,
  sumsOfLogProbabilities,
  textLoss,
} from '../train/evaluation/likelihood.ts'
import {
  type Choice,
  choiceOf,
  choiceSequence,
  isExact,
  type Question,
  questionOf,
  rightChoice,
} from '../train/evaluation/quiz.ts'
import type { HeldOutLoss } from '../train/validate.ts'
import { documentTexts } from './document-texts.ts'

export type Measure = 'loss' | 'multiple_choice' | 'exact_match'

/** A number for each of some names, of one model; or the number of each thing looked at, from which a mean with its interval is made. */
export type Measured = Readonly<Record<string, number | readonly number[]>>

export interface MeasureOptions {
  readonly measure: Measure
  /** At most so many tokens make the loss. */
  readonly tokens: number
  readonly seed: number
}

/** Measures a model on an artefact. */
export function measureOn(
  stage: StageRun,
  contestant: Contestant,
  on: Artefact,
  options: MeasureOptions,
  machine: Machine,
): Promise<Measured> {
  if (options.measure === 'multiple_choice') return choices(stage, contestant, on, machine)
  if (options.measure === 'exact_match') return exact(stage, contestant, on, options.seed, machine)
  if (on.kind === 'Pairs') return pairs(contestant, on, machine)
  if (on.kind === 'Tokens')
    return textLoss(contestant, new TokenReader(on.path), options.tokens, machine).then(lossMetrics)
  return documents(stage, contestant, on, options.tokens, machine)
}

function lossMetrics({ loss, perplexity, bitsPerByte }: HeldOutLoss): Measured {
  return { loss, perplexity, bits_per_byte: bitsPerByte }
}

/** Documents are encoded by the model's own tokenizer, as many as are looked at. */
async function documents(
  stage: StageRun,
  contestant: Contestant,
  on: Artefact,
  limit: number,
  machine: Machine,
): Promise<Measured> {
  const folder = join(stage.work, 'tokens')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const writer = new TokenWriter(
    folder,
    contestant.tokenizer,
    contestant.tokenizer.endOfText,
    contestant.tokenizer.wrap.before,
  )
  for await (const text of documentTexts(stage, on, `encoding for ${contestant.name}`)) {
    writer.add(text)
    if (writer.tokens >= limit) break
  }
  writer.finish()
  const loss = await textLoss(contestant, new TokenReader(folder), limit, machine)
  rmSync(folder, { recursive: true, force: true })
  return lossMetrics(loss)
}

async function pairs(contestant: Contestant, on: Artefact, machine: Machine): Promise<Measured> {
  const encoder = encoderOf(contestant)
  const conversations: Masked[] = []
  for await (const { examples } of readExamples(on.path, 'Pairs'))
    for (const { messages } of examples) conversations.push(encoder.conversation(messages))
  const measured = await answerLoss(contestant, conversations, machine)
  return { ...lossMetrics(measured), left_out: measured.cut }
}

async function choices(stage: StageRun, contestant: Contestant, on: Artefact, machine: Machine): Promise<Measured> {
  const encoder = contestant.template && encoderOf(contestant)
  const questions: Choice[] = []
  for await (const batch of documentsIn([on.path], stage, `asking ${contestant.name}`))
    for (const document of batch) questions.push(choiceOf(idOf(document), document.fields))
  const sequences = questions.flatMap(({ question, choices: all }) =>
    all.map((choice) => choiceSequence(contestant, encoder, question, choice)),
  )
  const sums = await sumsOfLogProbabilities(contestant, sequences.map(endOf(contestant)), machine)
  const right = questions.map((question) => rightChoice(question, sums.splice(0, question.choices.length)))
  return { accuracy: right.map(({ plain }) => plain), accuracy_per_byte: right.map(({ perByte }) => perByte) }
}

/** Of what is longer than the context the beginning is not looked at. */
const endOf =
  ({ model }: Contestant) =>
  ({ ids, mask }: Masked): Masked => ({ ids: ids.slice(-model.context - 1), mask: mask.slice(-model.context - 1) })

async function exact(
  stage: StageRun,
  contestant: Contestant,
  on: Artefact,
  seed: number,
  machine: Machine,
): Promise<Measured> {
  const questions: Question[] = []
  for await (const batch of documentsIn([on.path], stage, `asking ${contestant.name}`))
    for (const document of batch) questions.push(questionOf(idOf(document), document.fields))
  const prompts = questions.map(({ question }) => [{ role: 'user', content: question }])
  const longest = Math.max(...questions.flatMap(({ answers }) => answers.map((answer) => Buffer.byteLength(answer))))
  // An answer has at most as many tokens as bytes, and its end.
  const max_tokens = Math.min(longest + 1, contestant.model.context - 1)
  const answers = await answersOf(contestant, prompts, { responses: 1, temperature: 0, max_tokens, seed }, machine)
  return { exact_match: answers.map(([answer], i) => (answer!.ended && isExact(answer!.text, questions[i]!) ? 1 : 0)) }
}
