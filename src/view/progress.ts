/** The progress, rate and remaining time of a stage, from its progress events of the last seconds. */

import type { RunEventOf } from '../core/event.ts'

export interface Progress {
  readonly done: number
  readonly total: number | undefined
  readonly unit: string
  readonly phase: string | undefined
  /** Times (ms) and counts of the last seconds, oldest first, from which the rate is computed. */
  readonly recent: readonly { readonly time: number; readonly done: number }[]
}

/** The time over which the rate is computed, in milliseconds: long enough to be steady, short enough to follow a change of pace. */
const rateWindow = 15_000
/** The least time between two marks, in milliseconds, so that the window holds a bounded number of them. */
const markSpacing = 250

/** The progress after another event. A new phase, another unit, or a count that went back starts the rate over. */
export function advance(before: Progress | undefined, event: RunEventOf<'progress'>): Progress {
  const { done, total, unit, phase, time } = event
  const same = before !== undefined && before.unit === unit && before.phase === phase && done >= before.done
  const kept = same ? before.recent.filter((mark) => time - mark.time <= rateWindow) : []
  const crowded = kept.length > 1 && time - kept.at(-2)!.time < markSpacing
  const recent = [...(crowded ? kept.slice(0, -1) : kept), { time, done }]
  return { done, total, unit, phase, recent }
}

/** Units per second over the last seconds; `undefined` before two events that are 200 ms apart. */
export function rateOf(progress: Progress): number | undefined {
  const first = progress.recent[0]
  const last = progress.recent.at(-1)
  if (first === undefined || last === undefined || last.time - first.time < 200) return undefined
  return ((last.done - first.done) * 1000) / (last.time - first.time)
}

/** Seconds to the end at the present rate; `undefined` if the total or the rate is unknown. */
export function etaOf(progress: Progress): number | undefined {
  const rate = rateOf(progress)
  if (progress.total === undefined || rate === undefined || rate <= 0) return undefined
  return Math.max(0, (progress.total - progress.done) / rate)
}

/** The part that is done, 0 to 1; `undefined` if the total is unknown. */
export function fractionOf(progress: Progress): number | undefined {
  if (progress.total === undefined || progress.total <= 0) return undefined
  return Math.min(1, progress.done / progress.total)
}
