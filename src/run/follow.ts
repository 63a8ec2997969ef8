/** Follows a stage to its end: reports its events, and holds it to its timeout. */

import type { PlanNode } from '../core/plan.ts'
import { keepFailure } from '../store/failures.ts'
import type { RunningStage } from './executors/executor.ts'
import type { RunOptions } from './options.ts'
import type { RunReporter } from './reporter.ts'
import { logsLeft, measuredUpTo } from './stage/logs.ts'
import type { Outcome } from './stage-work.ts'
import { watchTime } from './timeout.ts'

/** Follows a stage that has just been started or adopted. `reason`: why it runs, in words. */
export async function follow(
  node: PlanNode,
  stage: RunningStage,
  reason: string,
  reporter: RunReporter,
  { store: { root }, signal: { soft, hard } }: Pick<RunOptions, 'store' | 'signal'>,
): Promise<Outcome> {
  const { key, resumedFrom } = stage
  reporter.started(node, stage, reason)
  if (resumedFrom !== undefined)
    reporter.earlier(node, measuredUpTo(resumedFrom, logsLeft(root, key)?.['metrics.jsonl'] ?? ''))
  const unsubscribe = stage.subscribe((event) => reporter.event(node, event))
  const timeout = stage.isDetached ? undefined : watchTime(node, stage)
  // The signal may have come while the stage was being started.
  if (hard.aborted) stage.kill()
  else if (soft.aborted) stage.interrupt()
  const outcome = await stage.outcome
  unsubscribe()
  timeout?.stop()
  const error = outcome.type === 'done' ? undefined : timeout?.failure()
  if (error === undefined) return outcome
  // The process of the stage saved its work and knows of no failure.
  const failure = { error, seconds: 0, run: reporter.run, time: Date.now() }
  keepFailure(root, key, failure, () => logsLeft(root, key) ?? {})
  return { type: 'failed', error, seconds: 0 }
}
