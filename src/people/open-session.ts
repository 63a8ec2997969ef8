/** Opens the ranking session of a `rank(…, by: people(…))` stage. */

import { JudgementLog } from './judgement-log.ts'
import type { RankingFolder } from './ranking-folder.ts'
import { RankingSession } from './session.ts'
import type { Task } from './task.ts'

/** The settings and hints of the stage that a session depends on, by the names that they have in a program. */
export interface RankByPeople {
  readonly at_least: number
  readonly annotators: number
  readonly seed: number
  readonly criteria?: readonly string[] | undefined
}

/** The session on `tasks`, with the judgements that lie in `folder`. */
export function openSession(folder: RankingFolder, tasks: readonly Task[], settings: RankByPeople): RankingSession {
  const { at_least: atLeast, annotators, seed, criteria } = settings
  return new RankingSession(tasks, new JudgementLog(folder.log), { atLeast, annotators, seed, criteria })
}
