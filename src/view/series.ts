/** A series of a metric over steps, bounded: a run of a million steps keeps the shape of its curve in a few hundred points. */

export interface Point {
  readonly step: number
  readonly value: number
}

/** Grown in place by `append`. */
export interface Series {
  readonly points: Point[]
  /** Points that came for one that is kept; doubles when the series is full. */
  stride: number
  /** Sum and number of the points that wait to become the next one. */
  pending: { sum: number; count: number }
  last: Point | undefined
}

const CAPACITY = 512

export function emptySeries(): Series {
  return { points: [], stride: 1, pending: { sum: 0, count: 0 }, last: undefined }
}

/**
 * Appends a point. Neighbours are averaged once the series is full, so that the curve keeps its shape. A step that is not
 * behind the last one is a resumed run: what lay after it is forgotten, since it was computed again.
 */
export function append(series: Series, step: number, value: number): void {
  if (series.last !== undefined && step <= series.last.step) {
    while (series.points.length > 0 && series.points.at(-1)!.step >= step) series.points.pop()
    series.pending = { sum: 0, count: 0 }
  }
  series.last = { step, value }
  series.pending.sum += value
  series.pending.count++
  if (series.pending.count < series.stride) return
  series.points.push({ step, value: series.pending.sum / series.pending.count })
  series.pending = { sum: 0, count: 0 }
  if (series.points.length < CAPACITY) return
  const halved: Point[] = []
  for (let i = 0; i + 1 < series.points.length; i += 2) {
    const [a, b] = [series.points[i]!, series.points[i + 1]!]
    halved.push({ step: b.step, value: (a.value + b.value) / 2 })
  }
  series.points.splice(0, series.points.length, ...halved)
  series.stride *= 2
}

/** The points to draw: those kept, and the newest, which may still wait for its neighbours. */
export function pointsOf(series: Series): readonly Point[] {
  const { points, last } = series
  return last !== undefined && points.at(-1)?.step !== last.step ? [...points, last] : points
}
