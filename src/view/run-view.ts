/**
 * The log of a run folded into what a screen shows. An accumulator, updated in place: a long run has a million events, and
 * copying a map of ten thousand stages for each would be most of the work. It depends on the events and on nothing else.
 */

import type { Digest, Key, Ledger, StageReport } from '../core/artefact.ts'
import type { RunEvent, RunEventOf, StageFailure } from '../core/event.ts'
import { unreachable } from '../core/unreachable.ts'
import type { Variant } from '../core/variant.ts'
import { optionsInWords } from './options-in-words.ts'
import { advance, type Progress } from './progress.ts'
import { append, emptySeries, type Series } from './series.ts'
import { whySkipped } from './skipped.ts'

export type StageState = 'waiting' | 'running' | 'cached' | 'finished' | 'failed' | 'skipped' | 'interrupted'

export interface LogLine {
  readonly time: number
  readonly level: 'info' | 'warning' | 'error'
  readonly message: string
}

export interface StageView {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly after: readonly string[]
  /** For a stage in a `for`: which of the variants it is, or belongs to. */
  readonly variant: Variant | undefined
  /** Where it stands; without a file, in the program. */
  readonly file: string | undefined
  readonly line: number
  state: StageState
  startedAt: number | undefined
  /** What it took, once it is over; what it took back then, for a hit. */
  seconds: number | undefined
  attempt: number
  /** The GPUs it was given. */
  gpus: readonly string[]
  reason: string | undefined
  resumedFrom: number | undefined
  progress: Progress | undefined
  /** The newest value of every scalar. */
  readonly scalars: Record<string, number>
  readonly series: Record<string, Series>
  step: number | undefined
  checkpoint: number | undefined
  sample: { readonly step: number; readonly prompt: string; readonly text: string } | undefined
  ledger: Ledger | undefined
  readonly log: LogLine[]
  report: StageReport | undefined
  digest: Digest | undefined
  outputs: Readonly<Record<string, Digest>>
  key: Key | undefined
  /** Bytes that came from the remote cache, for a hit there. */
  pulled: number | undefined
  unchanged: boolean
  error: StageFailure | undefined
  /** Why it was skipped, in words. */
  because: string | undefined
  exported: { readonly to: string; readonly files: number } | undefined
  /** What it waits for, and where: people, at an address. */
  waiting: { readonly on: string; readonly address: string } | undefined
}

export interface RunView {
  run: string
  program: string
  version: string
  store: string
  /** What `-p` and `--engine` gave, as one types it. */
  options: string
  startedAt: number
  /** The time of the newest event. */
  now: number
  /** In the order of the plan. */
  readonly stages: Map<string, StageView>
  /** What there is to say of the run as a whole, newest last. */
  readonly notices: string[]
  /** What still goes to the remote cache, once all stages are over. */
  pushing: RunEventOf<'pushing'> | undefined
  finished: RunEventOf<'run-finished'> | undefined
}

/** Lines of a stage's log that are kept for the screen; all of them are in the action's log.txt. */
const LOG_LINES = 500

export function emptyRun(): RunView {
  return {
    run: '',
    program: '',
    version: '',
    store: '',
    options: '',
    startedAt: 0,
    now: 0,
    stages: new Map(),
    notices: [],
    pushing: undefined,
    finished: undefined,
  }
}

/** The view after `event`. */
export function fold(view: RunView, event: RunEvent): RunView {
  if (view.startedAt === 0) view.startedAt = event.time
  view.now = event.time
  if (event.event === 'run-started') {
    const { run, program, version, store, params = {}, engine } = event
    const options = optionsInWords({ params, engine })
    Object.assign(view, { run, program, version, store, options, startedAt: event.time })
    return view
  }
  if (event.event === 'run-finished') {
    view.finished = event
    return view
  }
  if (event.event === 'notice') {
    view.notices.push(event.message)
    return view
  }
  if (event.event === 'pushing') {
    view.pushing = event
    return view
  }
  if (event.event === 'planned') {
    view.stages.set(event.id, newStage(event))
    return view
  }
  const stage = view.stages.get(event.id)
  if (stage !== undefined) foldStage(stage, event)
  return view
}

function newStage(event: RunEventOf<'planned'>): StageView {
  return {
    id: event.id,
    name: event.stage,
    kind: event.kind,
    after: event.after,
    variant: event.variant,
    file: event.file,
    line: event.line,
    state: 'waiting',
    startedAt: undefined,
    seconds: undefined,
    attempt: 0,
    gpus: [],
    reason: undefined,
    resumedFrom: undefined,
    progress: undefined,
    scalars: {},
    series: {},
    step: undefined,
    checkpoint: undefined,
    sample: undefined,
    ledger: undefined,
    log: [],
    report: undefined,
    digest: undefined,
    outputs: {},
    key: undefined,
    pulled: undefined,
    unchanged: false,
    error: undefined,
    because: undefined,
    exported: undefined,
    waiting: undefined,
  }
}

type StageRunEvent = Exclude<RunEvent, { event: 'run-started' | 'run-finished' | 'planned' | 'notice' | 'pushing' }>

function foldStage(stage: StageView, event: StageRunEvent): void {
  switch (event.event) {
    case 'cached':
      stage.state = 'cached'
      stage.seconds = event.saved
      stage.pulled = event.pulled
      settle(stage, event)
      return
    case 'started':
      stage.state = 'running'
      stage.startedAt = event.time
      stage.attempt = event.attempt
      stage.gpus = event.gpus ?? []
      stage.reason = event.reason
      stage.resumedFrom = event.resumedFrom
      stage.key = event.key
      stage.progress = undefined
      stage.error = undefined
      return
    case 'progress':
      stage.progress = advance(stage.progress, event)
      return
    case 'metric':
      foldMetric(stage, event)
      return
    case 'earlier':
      for (const metric of event.metrics) foldSeries(stage, metric)
      return
    case 'sample':
      stage.sample = { step: event.step, prompt: event.prompt, text: event.text }
      return
    case 'ledger':
      stage.ledger = event.ledger
      return
    case 'checkpoint':
      stage.checkpoint = event.step
      return
    case 'log':
      for (const message of event.message.split('\n')) stage.log.push({ time: event.time, level: event.level, message })
      if (stage.log.length > LOG_LINES) stage.log.splice(0, stage.log.length - LOG_LINES)
      return
    case 'finished':
      stage.state = 'finished'
      stage.waiting = undefined
      stage.seconds = event.seconds
      stage.unchanged = event.unchanged ?? false
      settle(stage, event)
      return
    case 'failed':
      stage.state = 'failed'
      stage.seconds = event.seconds
      stage.error = event.error
      return
    case 'skipped':
      stage.state = 'skipped'
      stage.because = whySkipped(event)
      return
    case 'interrupted':
      stage.state = 'interrupted'
      stage.checkpoint = event.step ?? stage.checkpoint
      return
    case 'waiting':
      stage.waiting = { on: event.on, address: event.address }
      return
    case 'exported':
      stage.exported = { to: event.to, files: event.files }
      return
    default:
      unreachable(event)
  }
}

function settle(stage: StageView, event: RunEventOf<'cached' | 'finished'>): void {
  stage.digest = event.digest
  stage.outputs = event.outputs
  stage.key = event.key
  stage.report = event.report
  stage.ledger = event.report?.ledger ?? stage.ledger
}

/** Fields of a metric event that are no scalars of the stage. */
const NOT_SCALARS = new Set(['event', 'time', 'stage', 'id', 'step'])

function foldMetric(stage: StageView, event: RunEventOf<'metric'>): void {
  stage.step = event.step
  for (const [name, value] of Object.entries(event))
    if (typeof value === 'number' && !NOT_SCALARS.has(name)) stage.scalars[name] = value
  foldSeries(stage, event)
}

function foldSeries({ series }: StageView, metric: { readonly step: number; readonly [field: string]: unknown }): void {
  for (const [name, value] of Object.entries(metric)) {
    if (typeof value !== 'number' || NOT_SCALARS.has(name)) continue
    series[name] ??= emptySeries()
    append(series[name], metric.step, value)
  }
}

/** How many stages are in each state. */
export function tally(view: RunView): Readonly<Record<StageState, number>> {
  const counts = { waiting: 0, running: 0, cached: 0, finished: 0, failed: 0, skipped: 0, interrupted: 0 }
  for (const stage of view.stages.values()) counts[stage.state]++
  return counts
}

/** Seconds that the stage has run so far, or took in all. */
export function secondsOf(stage: StageView, now: number): number | undefined {
  if (stage.state === 'running' && stage.startedAt !== undefined) return Math.max(0, (now - stage.startedAt) / 1000)
  return stage.seconds
}

/** `gpu 0, 1`, of a stage that was given some; else nothing. */
export function gpusInWords({ gpus }: Pick<StageView, 'gpus'>): string {
  return gpus.length === 0 ? '' : `gpu ${gpus.join(', ')}`
}

/** The stage to look at when nobody chose one: the running one that started last, else the last that came to an end. */
export function focusOf(view: RunView): StageView | undefined {
  const stages = [...view.stages.values()]
  const all = stages.filter((s) => s.state === 'running')
  // One that waits for people is looked at where nothing else goes on.
  const busy = all.filter((s) => s.waiting === undefined)
  const running = busy.length > 0 ? busy : all
  if (running.length > 0) return running.reduce((a, b) => ((b.startedAt ?? 0) >= (a.startedAt ?? 0) ? b : a))
  const failed = stages.find((s) => s.state === 'failed')
  return failed ?? stages.findLast((s) => s.state !== 'waiting') ?? stages[0]
}
