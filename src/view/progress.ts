/** How far a stage is, how fast, and how long it will still take: from the progress events of its last seconds. */

import type { RunEventOf } from '../core/event.ts'

export interface Progress {
  readonly done: number
  readonly total: number | undefined
  readonly unit: string
  readonly phase: string | undefined
  /** Times (ms) and counts of the last seconds, oldest first: the rate is taken over these. */
  readonly recent: readonly { readonly time: number; readonly done: number }[]
}

/** Long enough to be steady, short enough to follow a change of pace. */
const WINDOW = 15_000
/** Marks are at least this far apart, so that the window holds a bounded number of them. */
const SPACING = 250

/** The progress after another event; a new phase or unit, or a count that went back, starts the rate over. */
export function advance(before: Progress | undefined, event: RunEventOf<'progress'>): Progress {
  const { done, total, unit, phase, time } = event
  const same = before !== undefined && before.unit === unit && before.phase === phase && done >= before.done
  const kept = same ? before.recent.filter((mark) => time - mark.time <= WINDOW) : []
  const crowded = kept.length > 1 && time - kept.at(-2)!.time < SPACING
  const recent = [...(crowded ? kept.slice(0, -1) : kept), { time, done }]
  return { done, total, unit, phase, recent }
}

/** Units a second over the last seconds; undefined until there is something to go by. */
export function rateOf(progress: Progress): number | undefined {
  const first = progress.recent[0]
  const last = progress.recent.at(-1)
  if (first === undefined || last === undefined || last.time - first.time < 200) return undefined
  return ((last.done - first.done) * 1000) / (last.time - first.time)
}

/** Seconds to the end at the present rate. */
export function etaOf(progress: Progress): number | undefined {
  const rate = rateOf(progress)
  if (progress.total === undefined || rate === undefined || rate <= 0) return undefined
  return Math.max(0, (progress.total - progress.done) / rate)
}

export function fractionOf(progress: Progress): number | undefined {
  if (progress.total === undefined || progress.total <= 0) return undefined
  return Math.min(1, progress.done / progress.total)
}
