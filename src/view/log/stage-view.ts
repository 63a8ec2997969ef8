/** Questions that the screens ask a view of a run and of its stages. */

import type { RunView, StageState, StageView } from './fold.ts'

/** How many stages are in each state. */
export function tally(view: RunView): Readonly<Record<StageState, number>> {
  const counts = { waiting: 0, running: 0, cached: 0, finished: 0, failed: 0, skipped: 0, interrupted: 0 }
  for (const stage of view.stages.values()) counts[stage.state]++
  return counts
}

/** The seconds that the stage has run so far, or took. */
export function secondsOf(stage: StageView, now: number): number | undefined {
  if (stage.state === 'running' && stage.startedAt !== undefined) return Math.max(0, (now - stage.startedAt) / 1000)
  return stage.seconds
}

/** `gpu 0, 1`; empty if no GPU is reserved for the stage. */
export function gpusInWords({ gpus }: Pick<StageView, 'gpus'>): string {
  return gpus.length === 0 ? '' : `gpu ${gpus.join(', ')}`
}

/** The stage to show if nobody chose one: of those that run the one that started last, else the last that ended. */
export function focusOf(view: RunView): StageView | undefined {
  const stages = [...view.stages.values()]
  const all = stages.filter((s) => s.state === 'running')
  // A stage that waits for people is shown only if no other stage runs.
  const busy = all.filter((s) => s.waiting === undefined)
  const running = busy.length > 0 ? busy : all
  if (running.length > 0) return running.reduce((a, b) => ((b.startedAt ?? 0) >= (a.startedAt ?? 0) ? b : a))
  const failed = stages.find((s) => s.state === 'failed')
  return failed ?? stages.findLast((s) => s.state !== 'waiting') ?? stages[0]
}

/** Whether the stage runs, or its outputs are being pulled from the remote cache. */
export function isUnderWay({ state, progress }: StageView): boolean {
  return state === 'running' || (state === 'waiting' && progress !== undefined)
}
