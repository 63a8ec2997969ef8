/** The log of the selected stage: its newest lines, or those around the place that somebody has scrolled to. */

import { count } from '../view/format.ts'
import { type Line, seg, type Tone, width, wrap } from '../view/line.ts'
import type { LogLine, StageView } from '../view/log/fold.ts'
import type { Size } from './size.ts'

/**
 * The last `size.rows` rows of the log up to its line `until`, which counts from the first line that the stage has ever logged, so that the text
 * stands still while lines are added. `undefined` for the newest line.
 */
export function logLines(stage: StageView, until: number | undefined, size: Size): Line[] {
  if (stage.log.length === 0) return [[seg('no log', 'dim')]]
  const end = until ?? stage.logged
  const first = stage.logged - stage.log.length
  const newer = stage.logged - end
  const room = size.rows - (newer > 0 ? 1 : 0)
  const kept: Line[] = []
  for (let at = end - 1 - first; at >= 0 && kept.length < room; at--)
    kept.unshift(...wrapped(stage.log[at]!, size.columns))
  const shown = kept.slice(-room)
  const isTop = first > 0 && shown.length < room
  return [
    ...(isTop ? [[seg(`${count(first)} earlier lines are in the log of the run, events.jsonl`, 'dim')]] : []),
    ...shown,
    ...(newer > 0 ? [[seg(`↓ ${count(newer)} newer`, 'accent')]] : []),
  ]
}

/** The place after scrolling by `by` lines, towards the end if positive; `undefined` for the end. The first screen is the farthest. */
export function scrolled(stage: StageView, until: number | undefined, by: number, size: Size): number | undefined {
  const first = stage.logged - stage.log.length
  let rows = 0
  let lowest = first
  // At the top, a row is for the number of newer lines, and one for that of earlier lines.
  const room = size.rows - 1 - (first > 0 ? 1 : 0)
  while (lowest < stage.logged && rows < room) rows += wrapped(stage.log[lowest++ - first]!, size.columns).length
  const wanted = Math.max(lowest, (until ?? stage.logged) + by)
  return wanted >= stage.logged ? undefined : wanted
}

function wrapped({ level, message }: LogLine, columns: number): Line[] {
  const tone: Tone | undefined = level === 'error' ? 'bad' : level === 'warning' ? 'warn' : undefined
  // A line that fits keeps its blanks.
  const lines = width(message) <= columns ? [message] : wrap(message, columns)
  return lines.map((text) => [seg(text, tone)])
}
