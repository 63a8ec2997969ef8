/** Measures one model on the `on` of `evaluate`. */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Artefact } from '../../core/artefact.ts'
import type { Pair } from '../../core/conversation.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import type { GivenAnswer } from '../../core/report.ts'
import { TokenReader } from '../../text/tokens.ts'
import { TokenWriter } from '../../text/tokens-writer.ts'
import { answersOf } from '../../train/evaluation/answers.ts'
import { type Contestant, encoderOf } from '../../train/evaluation/contestant.ts'
import {
  answerLoss,
  type Machine,
  type Masked,
  sumsOfLogProbabilities,
  textLoss,
} from '../../train/evaluation/likelihood.ts'
import { type Choice, choiceSequence, isExact, type Question, rightChoice } from '../../train/evaluation/quiz.ts'
import type { HeldOutLoss } from '../../train/scores/validate.ts'
import { documentTexts } from '../tokens/document-texts.ts'
import type { Material } from './evaluate-material.ts'

/** The metrics of one model by name: a number, or the numbers of all examples, whose mean gets an interval. */
type Metrics = Readonly<Record<string, number | readonly number[]>>

export interface Measured {
  readonly metrics: Metrics
  /** The answers to questions with known answers, in the order of the questions. */
  readonly given?: readonly GivenAnswer[]
}

export interface MeasureOptions {
  /** The most tokens that the loss is measured on. */
  readonly tokens: number
  readonly seed: number
}

/** Measures a model on what `materialOf` read. */
export function measureOn(
  stage: StageContext,
  contestant: Contestant,
  material: Material,
  options: MeasureOptions,
  machine: Machine,
): Promise<Measured> {
  switch (material.kind) {
    case 'choices':
      return choices(contestant, material.choices, machine)
    case 'questions':
      return exact(contestant, material.questions, options.seed, machine)
    case 'pairs':
      return pairs(contestant, material.pairs, machine)
    case 'tokens':
      return textLoss(contestant, new TokenReader(material.path), options.tokens, machine).then(lossMetrics)
    case 'documents':
      return documents(stage, contestant, material.artefact, options.tokens, machine)
  }
}

function lossMetrics({ loss, perplexity, bitsPerByte }: HeldOutLoss): Measured {
  return { metrics: { loss, perplexity, bits_per_byte: bitsPerByte } }
}

/** Encodes the documents with the tokenizer of the model, up to `limit` tokens. */
async function documents(
  stage: StageContext,
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

async function pairs(contestant: Contestant, on: readonly Pair[], machine: Machine): Promise<Measured> {
  const encoder = encoderOf(contestant)
  const conversations = on.flatMap(({ messages, tools }) => encoder.examples(messages, tools))
  const measured = await answerLoss(contestant, conversations, machine)
  return { metrics: { ...lossMetrics(measured).metrics, left_out: measured.cut } }
}

async function choices(contestant: Contestant, questions: readonly Choice[], machine: Machine): Promise<Measured> {
  const encoder = contestant.template && encoderOf(contestant)
  const sequences = questions.flatMap(({ question, choices: all }) =>
    all.map((choice) => choiceSequence(contestant, encoder, question, choice)),
  )
  const sums = await sumsOfLogProbabilities(contestant, sequences.map(endOf(contestant)), machine)
  let done = 0
  const right = questions.map((question) => {
    const own = sums.slice(done, done + question.choices.length)
    done += own.length
    return { ...rightChoice(question, own), chosen: question.choices[own.indexOf(Math.max(...own))] ?? '' }
  })
  return {
    metrics: { accuracy: right.map(({ plain }) => plain), accuracy_per_byte: right.map(({ perByte }) => perByte) },
    given: right.map(({ chosen, plain }) => ({ text: chosen, isRight: plain === 1 })),
  }
}

/** The last tokens of a sequence that is longer than the context. */
const endOf =
  ({ model }: Contestant) =>
  ({ ids, mask }: Masked): Masked => ({ ids: ids.slice(-model.context - 1), mask: mask.slice(-model.context - 1) })

async function exact(
  contestant: Contestant,
  questions: readonly Question[],
  seed: number,
  machine: Machine,
): Promise<Measured> {
  const prompts = questions.map(({ question }) => ({ messages: [{ role: 'user', content: question }] }))
  const longest = questions
    .flatMap(({ answers }) => answers)
    .reduce((most, answer) => Math.max(most, Buffer.byteLength(answer)), 0)
  // An answer has at most as many tokens as bytes, and one end token.
  const max_tokens = Math.min(longest + 1, contestant.model.context - 1)
  const answers = await answersOf(contestant, prompts, { responses: 1, temperature: 0, max_tokens, seed }, machine)
  const given = answers.map(([answer], i) => {
    const { text, ended } = answer!
    return { text: ended ? text : `${text} …`, isRight: ended && isExact(text, questions[i]!) }
  })
  return { metrics: { exact_match: given.map(({ isRight }) => (isRight ? 1 : 0)) }, given }
}
