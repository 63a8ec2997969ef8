/** Compares the answers of models with those of an opponent, by a reward model or by an expression. */

import type { Artefact } from '../../core/artefact.ts'
import type { Prompt } from '../../core/conversation.ts'
import type { DocumentExpression } from '../../core/expression.ts'
import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import type { Estimate } from '../../core/report.ts'
import { readExamples, textsOf } from '../../data/conversations/examples.ts'
import type { LedgerBook } from '../../data/ledger.ts'
import { compileScore } from '../../data/metrics/expression.ts'
import { Page } from '../../data/metrics/page.ts'
import { type ChatEncoder, chatEncoder } from '../../text/chat/encode-chat.ts'
import { loadTokenizer } from '../../text/load.ts'
import { type Answer, type Asking, answersOf } from '../../train/evaluation/answers.ts'
import { gain, meanOf, winRate } from '../../train/evaluation/compare.ts'
import { type Contestant, encoderOf } from '../../train/evaluation/contestant.ts'
import { type Machine, sumsOfLogProbabilities } from '../../train/evaluation/likelihood.ts'
import { RewardScorer } from '../../train/scores/reward-scores.ts'
import { Refusals } from '../chat/refusals.ts'

/** The parts of a stage of `evaluate` that a comparison needs. */
type ComparingStage = StageContext & {
  readonly inputs: { readonly 'win_rate.on'?: Artefact; readonly 'win_rate.judge'?: Artefact }
}

/** A prompt, and the first answer of each model. */
export interface Asked {
  readonly prompt: Prompt
  readonly answers: readonly string[]
}

export interface Compared {
  /** The metrics by name, for each model in order. */
  readonly metrics: Readonly<Record<string, readonly Estimate[]>>
  readonly asked: readonly Asked[]
}

/** Lets all contestants and the opponent answer the prompts of `against`, and compares the answers. `opponent` can be one of the contestants. */
export async function compareAgainst(
  stage: ComparingStage,
  contestants: readonly Contestant[],
  opponent: Contestant,
  asking: Asking & { readonly confidence: number; readonly score?: DocumentExpression },
  machine: Machine,
  book: LedgerBook,
): Promise<Compared> {
  const reward = stage.inputs['win_rate.judge']
  const readers = [opponent, ...contestants].map(encoderOf)
  const prompts = await promptsIn(stage, stage.inputs['win_rate.on']!, readers, book)
  const judge = reward === undefined ? judgeBy(asking.score!) : await loadJudge(reward.path, machine)
  const known = new Map<string, { readonly answers: readonly Answer[][]; readonly rewards: number[][] }>()
  const answering = async (contestant: Contestant) => {
    const there = known.get(contestant.folder)
    if (there !== undefined) return there
    stage.emit({ event: 'progress', done: known.size, unit: 'models', phase: `${contestant.name} answers` })
    const answers = await answersOf(contestant, prompts, asking, machine)
    const made = { answers, rewards: await judge.rewards(prompts, answers) }
    known.set(contestant.folder, made)
    return made
  }
  const theirs = await answering(opponent)
  const metrics: Record<string, Estimate[]> = {}
  const add = (name: string, estimate: Estimate) => {
    metrics[name] ??= []
    metrics[name].push(estimate)
  }
  const answered: (readonly Answer[][])[] = []
  for (const contestant of contestants) {
    const { answers, rewards } = await answering(contestant)
    answered.push(answers)
    const own = await divergences(contestant, opponent, answers, machine)
    add('reward', meanOf(rewards, asking))
    add('win_rate', winRate(rewards, theirs.rewards, asking))
    add('gain', gain(rewards, theirs.rewards, asking))
    if (own !== undefined) add('kl', meanOf(own, asking))
    add('answer_tokens', { value: meanOf(perAnswer(answers, lengthOf), asking).value })
    add('ended', {
      value: meanOf(
        perAnswer(answers, ({ ended }) => Number(ended)),
        asking,
      ).value,
    })
  }
  await judge.dispose()
  // The divergence exists only between models with one tokenizer. The table has no column with gaps.
  if (metrics.kl?.length !== contestants.length) delete metrics.kl
  const asked = prompts.map((prompt, i) => ({ prompt, answers: answered.map((answers) => answers[i]![0]!.text) }))
  return { metrics, asked }
}

/** The prompts that all models can answer. If a template refuses one, it is left out for all, so that all are measured on the same prompts. */
async function promptsIn(
  stage: StageContext,
  { path }: Artefact,
  readers: readonly ChatEncoder[],
  book: LedgerBook,
): Promise<Prompt[]> {
  const prompts: Prompt[] = []
  const refusals = new Refusals(book, 'evaluate')
  for await (const { examples } of readExamples(path, 'Prompts'))
    for (const prompt of examples) {
      const text = textsOf(prompt).join('\n\n')
      book.in.add(Buffer.byteLength(text))
      const read = () => readers.map((reader) => reader.prompt(prompt.messages, prompt.tools))
      if (refusals.attempt(prompt.id, text, read) === undefined) continue
      book.out.add(Buffer.byteLength(text))
      prompts.push(prompt)
    }
  refusals.warn(stage)
  if (prompts.length > 0) return prompts
  const message = `there are no prompts to answer${refusals.why}`
  throw new StageError('nothing-to-measure', message, refusals.help ?? 'Give prompts to `on` of `win_rate`.')
}

const lengthOf = ({ sequence }: Answer) => sequence.mask.reduce((sum, bit) => sum + bit, 0)

function perAnswer(answers: readonly (readonly Answer[])[], number: (answer: Answer) => number): number[][] {
  return answers.map((row) => row.map(number))
}

interface Judge {
  rewards(prompts: readonly Prompt[], answers: readonly (readonly Answer[])[]): Promise<number[][]>
  dispose(): Promise<void>
}

/** Scores answers by an expression over their text. */
function judgeBy(score: DocumentExpression): Judge {
  const numberOf = compileScore(score)
  return {
    rewards: async (_, answers) => answers.map((row) => row.map(({ text }) => numberOf(new Page(text)))),
    dispose: async () => {},
  }
}

/** Scores answers by their text, in the judge's own tokens: models with other tokenizers can be compared by it too. */
async function loadJudge(folder: string, { engine, threads, batch }: Machine): Promise<Judge> {
  const scorer = await RewardScorer.load(folder, engine, { threads, batch })
  const encoder = chatEncoder(scorer.template, loadTokenizer(folder))
  const encode = ({ messages, tools }: Prompt, text: string) =>
    encoder.answer([...messages, { role: 'assistant', content: text }], tools).ids
  return {
    async rewards(prompts, answers) {
      const sequences = prompts.flatMap((prompt, i) => answers[i]!.map(({ text }) => encode(prompt, text)))
      const scores = Array.from(await scorer.score(sequences))
      return answers.map((row) => scores.splice(0, row.length))
    },
    dispose: () => scorer.dispose(),
  }
}

/** For each answer log p under the model that wrote it less log p under the opponent; `undefined` if their tokenizers differ. */
async function divergences(
  contestant: Contestant,
  opponent: Contestant,
  answers: readonly (readonly Answer[])[],
  machine: Machine,
): Promise<number[][] | undefined> {
  if (contestant.tokens !== opponent.tokens) return undefined
  const sequences = answers.flat().map(({ sequence }) => sequence)
  if (sequences.some(({ ids }) => ids.length > opponent.model.context + 1)) return undefined
  const own = await sumsOfLogProbabilities(contestant, sequences, machine)
  const theirs = await sumsOfLogProbabilities(opponent, sequences, machine)
  const differences = own.map((sum, i) => sum - theirs[i]!)
  return answers.map((row) => differences.splice(0, row.length))
}
