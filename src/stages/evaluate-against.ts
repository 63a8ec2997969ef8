/** How the answers of models compare with those of an opponent, under a reward model. */

import type { Artefact } from '../core/artefact.ts'
import type { Estimate } from '../core/comparison.ts'
import type { Message, Prompt } from '../core/conversation.ts'
import { StageError } from '../core/failure.ts'
import type { DocumentExpression, StageRun } from '../core/kind.ts'
import { readExamples } from '../data/conversations/examples.ts'
import { compileScore } from '../data/expression.ts'
import { Page } from '../data/metrics/page.ts'
import { chatEncoder } from '../text/chat/encode-chat.ts'
import { loadTokenizer } from '../text/load.ts'
import { type Answer, type Asking, answersOf } from '../train/evaluation/answers.ts'
import { gain, meanOf, winRate } from '../train/evaluation/compare.ts'
import type { Contestant } from '../train/evaluation/contestant.ts'
import { type Machine, sumsOfLogProbabilities } from '../train/evaluation/likelihood.ts'
import { RewardScorer } from '../train/reward-scores.ts'

/** What was asked, and what each model answered first. */
export interface Asked {
  readonly prompt: Prompt
  readonly answers: readonly string[]
}

export interface Compared {
  /** By name, for each model in order. */
  readonly metrics: Readonly<Record<string, readonly Estimate[]>>
  readonly asked: readonly Asked[]
}

/** Lets all contestants and the opponent answer the prompts of `against`, and compares. `opponent` may be one of the contestants. */
export async function compareAgainst(
  stage: StageRun,
  contestants: readonly Contestant[],
  opponent: Contestant,
  asking: Asking & { readonly confidence: number; readonly score?: DocumentExpression },
  machine: Machine,
): Promise<Compared> {
  const prompts = await promptsIn(stage.inputs['win_rate.on']![0]!)
  const reward = stage.inputs['win_rate.judge']?.[0]
  const judge = reward === undefined ? judgeBy(asking.score!) : await loadJudge(reward.path, machine)
  const known = new Map<string, { readonly answers: readonly Answer[][]; readonly rewards: number[][] }>()
  const answering = async (contestant: Contestant) => {
    const there = known.get(contestant.folder)
    if (there !== undefined) return there
    stage.emit({ event: 'progress', done: known.size, unit: 'models', phase: `${contestant.name} answers` })
    const messages = prompts.map((prompt) => prompt.messages)
    const answers = await answersOf(contestant, messages, asking, machine)
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
  // Divergence is of models with one tokenizer; a column that lacks some is none.
  if (metrics.kl?.length !== contestants.length) delete metrics.kl
  const asked = prompts.map((prompt, i) => ({ prompt, answers: answered.map((answers) => answers[i]![0]!.text) }))
  return { metrics, asked }
}

async function promptsIn({ path }: Artefact): Promise<Prompt[]> {
  const prompts: Prompt[] = []
  for await (const { examples } of readExamples(path, 'Prompts')) prompts.push(...examples)
  if (prompts.length > 0) return prompts
  throw new StageError('nothing-to-measure', 'there are no prompts to answer', 'Give `on` of `win_rate` some.')
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
  const encode = (messages: readonly Message[], text: string) => {
    const { ids, turns } = encoder.conversation([...messages, { role: 'assistant', content: text }])
    return ids.slice(0, turns.at(-1)!.end)
  }
  return {
    async rewards(prompts, answers) {
      const sequences = prompts.flatMap(({ messages }, i) => answers[i]!.map(({ text }) => encode(messages, text)))
      const scores = Array.from(await scorer.score(sequences))
      return answers.map((row) => scores.splice(0, row.length))
    },
    dispose: () => scorer.dispose(),
  }
}

/** log p under the model that answered, less that under the opponent, of each answer; nothing where their tokens differ. */
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
