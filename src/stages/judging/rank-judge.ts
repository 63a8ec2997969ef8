/** Ranks answers by a rule: a number for each answer, computed from metrics, a reward model or a reference. */

import type { Artefact } from '../../core/artefact.ts'
import type { Ranking } from '../../core/conversation.ts'
import type { DocumentExpression } from '../../core/expression.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { keyOf, questionOf, readExamples } from '../../data/conversations/examples.ts'
import { compileScore } from '../../data/metrics/expression.ts'
import { metricsIn } from '../../data/metrics/in-expression.ts'
import { Page } from '../../data/metrics/page.ts'
import { rougeL } from '../../data/overlap/rouge.ts'
import type { Task } from '../../people/task.ts'
import { chatEncoder } from '../../text/chat/encode-chat.ts'
import { loadTokenizer } from '../../text/load.ts'
import { RewardScorer } from '../../train/scores/reward-scores.ts'
import type { StageServices } from '../shared/services.ts'

export interface JudgeSettings {
  readonly score: DocumentExpression
  readonly tie: number
}

/** The number of conversations that the reward model scores at once. */
const batch = 16

/** The parts of a stage of `rank` that a judge needs. */
type JudgingStage = StageContext & {
  readonly settings: { readonly engine: string }
  readonly inputs: { readonly 'by.reward'?: Artefact; readonly 'by.reference'?: Artefact }
}

/** Ranks the responses of each task; those whose numbers are within `tie` of the best of a group tie with it. */
export async function judged(
  stage: JudgingStage,
  services: StageServices,
  tasks: readonly Task[],
  { score, tie }: JudgeSettings,
): Promise<Ranking[]> {
  const names = metricsIn(score)
  const rewards = names.includes('reward_score') ? await rewardsOf(stage, services, tasks) : undefined
  const references = names.includes('similarity') ? await referencesOf(stage) : undefined
  let [task, response] = [0, 0]
  const numberOf = compileScore(score, {
    reward_score: () => rewards![task]![response]!,
    similarity: ({ text }) => rougeL(text, references!.get(keyOf(tasks[task]!.messages)) ?? ''),
  })
  return tasks.map(({ id, messages, tools, responses }, i) => {
    task = i
    const numbers = responses.map((text, j) => {
      response = j
      return numberOf(new Page(text))
    })
    return { id, messages, ...(tools === undefined ? {} : { tools }), responses, ranks: ranksWithin(numbers, tie) }
  })
}

/** Ranks by number, the highest first; a number within `tie` of the first of a group belongs to it. */
export function ranksWithin(numbers: readonly number[], tie: number): number[] {
  const order = numbers.map((_, i) => i).sort((a, b) => numbers[b]! - numbers[a]! || a - b)
  const ranks = new Array<number>(numbers.length)
  let first = Number.POSITIVE_INFINITY
  let rank = 1
  for (const [place, i] of order.entries()) {
    if (first - numbers[i]! > tie || place === 0) {
      first = numbers[i]!
      rank = place + 1
    }
    ranks[i] = rank
  }
  return ranks
}

async function rewardsOf(stage: JudgingStage, services: StageServices, tasks: readonly Task[]): Promise<number[][]> {
  const folder = stage.inputs['by.reward']!.path
  const engine = await services.engine(stage.settings.engine)
  const scorer = await RewardScorer.load(folder, engine, { threads: stage.threads, batch })
  const encoder = chatEncoder(scorer.template, loadTokenizer(folder))
  const sequences = tasks.flatMap(({ messages, responses }) =>
    responses.map((content) => encoder.answer([...messages, { role: 'assistant', content }]).ids),
  )
  const scores = await scorer.score(sequences)
  await scorer.dispose()
  let next = 0
  return tasks.map(({ responses }) => responses.map(() => scores[next++]!))
}

/** The last answer of each pair, by its prompt. */
async function referencesOf(stage: JudgingStage): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for await (const { examples } of readExamples(stage.inputs['by.reference']!.path, 'Pairs'))
    for (const pair of examples) found.set(keyOf(questionOf(pair)), pair.messages.at(-1)!.content)
  return found
}
