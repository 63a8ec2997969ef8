/** The metrics and samples that a stage reported while it ran: from its record, from what a failure or an interruption left, or from the log of the run. */

import { type RunEvent, type RunEventOf, scalarsIn } from '../../core/event.ts'
import { evenly } from '../../core/values/evenly.ts'
import { isObject } from '../../core/values/shape.ts'
import type { RolloutData } from '../../report/data.ts'
import { logsLeft } from '../../run/stage/logs.ts'
import { linesOf } from '../../store/damage.ts'
import { failureFolder } from '../../store/failures.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { type BandPoint, bucketed } from '../../view/charts/band.ts'
import type { Point } from '../../view/charts/series.ts'
import type { SampleAt, StageView } from '../../view/log/fold.ts'
import { metricsIn } from '../metric-series.ts'

export type Scalars = Readonly<Record<string, readonly Point[]>>

/** The samples and metrics that the stages of a run reported while they ran, by id. */
export class Recorded {
  readonly samples = new Map<string, RunEventOf<'sample'>[]>()
  readonly metrics = new Map<string, Metric[]>()

  /** Takes in the next event of the log. */
  add(event: RunEvent): void {
    if (event.event === 'sample') listIn(this.samples, event.id).push(event)
    else if (event.event === 'metric') this.#measure(event.id, event)
    else if (event.event === 'earlier') for (const metric of event.metrics) this.#measure(event.id, metric)
  }

  /** The metrics of an attempt replace those of earlier attempts from its first step on. */
  #measure(id: string, metric: Metric & { readonly step: number }): void {
    const found = listIn(this.metrics, id)
    while (found.length > 0 && Number(found.at(-1)!.step) >= metric.step) found.pop()
    found.push(metric)
  }
}

function listIn<T>(lists: Map<string, T[]>, id: string): T[] {
  const list = lists.get(id) ?? []
  lists.set(id, list)
  return list
}

/** The points of every scalar of a stage, by step, all of them. */
export function scalarsOf(stage: StageView, store: FolderStore, { metrics }: Recorded): Scalars {
  const lines = linesLeft(stage, store)
  const kept = lines === '' ? [] : linesOf(lines, isObject, 'metrics.jsonl')
  return pointsIn(kept.length > 0 ? kept : (metrics.get(stage.id) ?? []))
}

function linesLeft({ state, key }: StageView, store: FolderStore): string {
  if (key === undefined) return ''
  if (state === 'cached' || state === 'finished') return metricsIn(store.actionFolder(key))
  const failed = state === 'failed' ? metricsIn(failureFolder(store.root, key)) : ''
  return failed === '' ? (logsLeft(store.root, key)?.['metrics.jsonl'] ?? '') : failed
}

type Metric = { readonly [name: string]: unknown }

function pointsIn(metrics: readonly Metric[]): Scalars {
  const series = new Map<string, Point[]>()
  for (const metric of metrics) {
    const { step } = metric
    if (typeof step !== 'number') continue
    for (const [name, value] of scalarsIn(metric)) {
      const points = series.get(name) ?? []
      points.push({ step, value })
      series.set(name, points)
    }
  }
  return Object.fromEntries(series)
}

/** The points that all curves of a page may have together, and those that a curve has at least and at most. */
const [allPoints, fewest, most] = [9_000, 20, 500]

/** Curves with so few points that the page stays small. */
export function thinned(stages: readonly Scalars[]): Readonly<Record<string, readonly BandPoint[]>>[] {
  const count = stages.reduce((sum, scalars) => sum + Object.keys(scalars).length, 0)
  const each = Math.max(fewest, Math.min(most, Math.floor(allPoints / Math.max(1, count))))
  return stages.map((scalars) =>
    Object.fromEntries(Object.entries(scalars).map(([name, points]) => [name, bucketed(points, each)])),
  )
}

/** The samples that a stage showed in a run, by step; the steps that a resumed attempt repeats count once. */
export function samplesIn({ samples }: Recorded, id: string): readonly SampleAt[] {
  const found = new Map<string, SampleAt>()
  for (const { step, prompt, text } of samples.get(id) ?? []) found.set(`${step} ${prompt}`, { step, prompt, text })
  return [...found.values()]
}

/** The rollouts that a training by rewards showed in a run, by step. Of many, some from the first to the last. */
export function rolloutsIn({ samples }: Recorded, id: string): readonly RolloutData[] {
  const steps = new Map<number, readonly RolloutData[]>()
  for (const { step, prompt, text, reward, more = [] } of samples.get(id) ?? []) {
    if (reward === undefined) continue
    steps.set(
      step,
      [{ prompt, text, reward }, ...more].map((each) => ({ ...each, step })),
    )
  }
  return evenly([...steps.values()], mostSteps).flat()
}

/** The steps whose rollouts a page has at most. */
const mostSteps = 60
