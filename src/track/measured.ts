/** The values of a run by stage and step, each once: the common part of trackers that keep a run for each stage. */

import { hostname } from 'node:os'
import { basename } from 'node:path'
import type { RunEvent, RunEventOf } from '../core/event.ts'
import { finalMetrics, scalarsByName } from './names.ts'

/** A stage that measured something. */
export interface MeasuredStage {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The params of the run and the values of the variant. */
  readonly params: Readonly<Record<string, string>>
  readonly run: MeasuredRun
}

export interface MeasuredRun {
  readonly run: string
  /** The name of the program without its ending. */
  readonly project: string
  readonly version: string
  readonly host: string
  readonly startedAt: number
}

export type Value = readonly [name: string, value: number]

export type Outcome = 'finished' | 'failed' | 'interrupted'

/** Receives the beginning, the values and the end of each stage that measures something. */
export interface Receiver {
  /** Comes before everything else about a stage. */
  begin(stage: MeasuredStage): void
  /** `values` has at least one value. Several calls can have the same step, with other names. */
  values(stage: MeasuredStage, step: number, time: number, values: readonly Value[]): void
  /** A text that the model writes after `step` steps. */
  sample?(stage: MeasuredStage, step: number, time: number, text: string): void
  /** Its final metrics come with its newest step. */
  end(stage: MeasuredStage, outcome: Outcome, step: number, time: number, final: readonly Value[]): void
}

interface OpenStage {
  readonly stage: MeasuredStage
  /** The newest step of each scalar, and of samples. A training measures its loss and its held-out loss at the same step, in two events. */
  readonly steps: Map<string, number>
}

type OfStage = Pick<RunEventOf<'metric'>, 'id' | 'stage' | 'time'>

/** Passes the events of a run on. Values of steps that an attempt repeats are left out: they are the same. */
export function measuredBy(receiver: Receiver): (event: RunEvent) => void {
  let run: RunEventOf<'run-started'> | undefined
  const planned = new Map<string, RunEventOf<'planned'>>()
  const open = new Map<string, OpenStage>()
  const begun = ({ id, stage: name, time }: OfStage): OpenStage => {
    const known = open.get(id)
    if (known !== undefined) return known
    const node = planned.get(id)
    const stage: MeasuredStage = {
      id,
      name,
      kind: node?.kind ?? 'stage',
      startedAt: time,
      params: { ...run?.params, ...node?.variant?.values },
      run: {
        run: run?.run ?? 'run',
        project: basename(run?.program ?? '', '.llmpipe') || 'llmpipe',
        version: run?.version ?? '',
        host: hostname(),
        startedAt: run?.time ?? time,
      },
    }
    const made = { stage, steps: new Map<string, number>() }
    open.set(id, made)
    receiver.begin(stage)
    return made
  }
  const measure = (event: OfStage, step: number, metric: { readonly [name: string]: unknown }) => {
    const { stage, steps } = begun(event)
    const values = scalarsByName(metric).filter(([name]) => isNew(steps, name, step))
    if (values.length > 0) receiver.values(stage, step, event.time, values)
  }
  const end = ({ id, time }: OfStage, outcome: Outcome, final: readonly Value[]) => {
    const of = open.get(id)
    if (of === undefined) return
    receiver.end(of.stage, outcome, Math.max(0, ...of.steps.values()), time, final)
    open.delete(id)
  }
  return (event) => {
    switch (event.event) {
      case 'run-started':
        run = event
        return
      case 'planned':
        planned.set(event.id, event)
        return
      case 'earlier':
        for (const metric of event.metrics) measure(event, metric.step, metric)
        return
      case 'metric':
        return measure(event, event.step, event)
      case 'sample': {
        if (receiver.sample === undefined) return
        const { stage, steps } = begun(event)
        if (isNew(steps, 'sample', event.step))
          receiver.sample(stage, event.step, event.time, `${event.prompt}${event.text}`)
        return
      }
      case 'finished':
        return end(event, 'finished', finalMetrics(event.report))
      case 'failed':
        return end(event, 'failed', [])
      case 'interrupted':
        return end(event, 'interrupted', [])
      default:
    }
  }
}

/** Whether a value of the scalar `name` at `step` is newer than all before it, which it is from now on. */
function isNew(steps: Map<string, number>, name: string, step: number): boolean {
  if (step <= (steps.get(name) ?? -1)) return false
  steps.set(name, step)
  return true
}
