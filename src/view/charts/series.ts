/** A series of a metric over steps, of bounded size: a run of a million steps keeps the shape of its curve in a few hundred points. */

export interface Point {
  readonly step: number
  readonly value: number
}

/** A series, which `append` changes in place. */
export interface Series {
  readonly points: Point[]
  /** The number of points that are averaged into a kept one; doubles when the series is full. */
  stride: number
  /** The sum and number of the points that will be averaged into the next kept one. */
  pending: { sum: number; count: number }
  last: Point | undefined
}

const capacity = 512

export function emptySeries(): Series {
  return { points: [], stride: 1, pending: { sum: 0, count: 0 }, last: undefined }
}

/**
 * Appends a point. Once the series is full, neighboring points are averaged, so that the curve keeps its shape. A step that does not
 * follow the last one comes from a resumed run, which computes the later steps again: their points are removed.
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
  if (series.points.length < capacity) return
  const halved: Point[] = []
  for (let i = 0; i + 1 < series.points.length; i += 2) {
    const [a, b] = [series.points[i]!, series.points[i + 1]!]
    halved.push({ step: b.step, value: (a.value + b.value) / 2 })
  }
  series.points.splice(0, series.points.length, ...halved)
  series.stride *= 2
}

/** The points to draw: the kept ones, and the newest, which may not have been averaged yet. */
export function pointsOf(series: Series): readonly Point[] {
  const { points, last } = series
  return last !== undefined && points.at(-1)?.step !== last.step ? [...points, last] : points
}
