/** A run as plain lines, for pipes, logs and terminals without the dashboard: each event once. */

import type { PushingEvent, RunEvent, StartedEvent } from '../core/event.ts'
import { textUnder } from './failure.ts'
import { bytes, count, doneWhat, duration, percent, plural, scalar } from './format.ts'
import { type Line, seg, width } from './line.ts'
import { fold, type RunView, type StageView } from './log/fold.ts'
import { gpusInWords } from './log/stage-view.ts'
import { measurements } from './measurements.ts'
import { etaOf, fractionOf } from './progress.ts'
import { queueInWords } from './queue-words.ts'
import { pushingInWords } from './remote-words.ts'
import { whySkipped } from './skipped.ts'

/** The time between two lines on the progress of a stage, in milliseconds. */
const interval = 10_000

/** How many messages of a stage are printed, besides warnings and errors. The others are counted. */
const mostMessages = 10

/** Turns the events of one run into lines. */
export class PlainLines {
  readonly #view: RunView
  /** The time of the last line on the progress of each stage, by id. */
  readonly #reported = new Map<string, number>()
  /** The messages of each stage so far, by id, besides warnings and errors. */
  readonly #messages = new Map<string, number>()
  /** Columns for the names of stages: more if variants have long names. */
  #names = 20

  /** Keeps `view` up to date with the events. */
  constructor(view: RunView) {
    this.#view = view
  }

  /** The lines to print for an event: none for most events. */
  lines(event: RunEvent): Line[] {
    fold(this.#view, event)
    if (event.event === 'run-started') {
      const { program, stages, version } = event
      return [[seg(`${program}`, 'bold'), seg(`  ${plural(stages, 'stages')}, llmpipe ${version}`, 'dim')]]
    }
    if (event.event === 'notice') return textUnder([seg('! ', 'warn')], '  ', event.message, 'warn')
    if (event.event === 'pushing') return this.#pushing(event)
    if (event.event === 'planned' && event.variant !== undefined && event.kind !== 'expect' && event.kind !== 'export')
      this.#names = Math.min(40, Math.max(this.#names, width(event.stage)))
    if (event.event === 'run-finished' || event.event === 'planned') return []
    const stage = this.#view.stages.get(event.id)
    return stage === undefined ? [] : this.#ofStage(stage, event)
  }

  #ofStage(stage: StageView, event: RunEvent): Line[] {
    switch (event.event) {
      case 'cached': {
        const saved = event.saved >= 1 ? `, saved ${duration(event.saved)}` : ''
        const what =
          event.pulled === undefined ? 'cached' : `pulled${event.pulled > 0 ? ` ${bytes(event.pulled)}` : ''}`
        return [this.#line('=', 'dim', stage, `${what}${saved}`, event.report?.summary)]
      }
      case 'started':
        this.#reported.set(stage.id, event.time)
        return [this.#line('>', 'busy', stage, startedWhy(event), gpusInWords(stage))]
      case 'finished':
        return [
          ...this.#others(stage),
          this.#line(
            '+',
            'good',
            stage,
            duration(event.seconds),
            `${doneWhat(event.report)}${event.unchanged && stage.reason !== 'first run' ? ' (as before)' : ''}`,
          ),
        ]
      case 'failed':
        return [...this.#others(stage), ...this.#lines('!', 'bad', stage, `failed: ${event.error.message}`)]
      case 'skipped':
        return [this.#line('-', 'warn', stage, `skipped: ${whySkipped(event)}`)]
      case 'interrupted': {
        if (event.continuesIn !== undefined)
          return [this.#line('-', 'warn', stage, `goes on in slurm job ${event.continuesIn.id}`)]
        const at = stage.checkpoint === undefined ? '' : `; the next run resumes from step ${count(stage.checkpoint)}`
        return [...this.#others(stage), this.#line('-', 'warn', stage, `interrupted${at}`)]
      }
      case 'exported':
        return [
          this.#line(
            '+',
            'good',
            stage,
            `${count(event.files)} ${event.files === 1 ? 'file' : 'files'} to ${event.to}`,
          ),
        ]
      case 'queue':
        this.#reported.set(stage.id, event.time)
        return [this.#line(' ', 'dim', stage, queueInWords(event))]
      case 'waiting':
        return [this.#line('?', 'busy', stage, `waits for ${event.on}: ${event.address}`)]
      case 'log':
        if (event.level !== 'info') return this.#lines('!', 'warn', stage, event.message)
        return this.#message(stage, event.message)
      case 'progress':
      case 'metric':
        return this.#progress(stage, event.time)
      default:
        return []
    }
  }

  #pushing(event: PushingEvent): Line[] {
    const { time } = event
    if (time - (this.#reported.get('pushing') ?? 0) < interval) return []
    this.#reported.set('pushing', time)
    return [[seg('> ', 'busy'), seg(pushingInWords(event))]]
  }

  /** A message of a stage. The runner's own, before a stage starts and after it ends, are few: all of them are printed. */
  #message(stage: StageView, message: string): Line[] {
    if (stage.state === 'running') {
      // The line of the start says so already.
      if (stage.resumedFrom !== undefined && message === `resumed from step ${count(stage.resumedFrom)}`) return []
      const messages = (this.#messages.get(stage.id) ?? 0) + 1
      this.#messages.set(stage.id, messages)
      if (messages > mostMessages) return []
    }
    return this.#lines(' ', 'dim', stage, message)
  }

  /** How many messages of a stage that ends were not printed, and where they are. */
  #others({ id, name }: StageView): Line[] {
    const others = (this.#messages.get(id) ?? 0) - mostMessages
    this.#messages.delete(id)
    if (others <= 0) return []
    const { store, run } = this.#view
    const where = `${store}/runs/${run}/events.jsonl`
    return [[seg(`  ${name.padEnd(this.#names)} ${count(others)} more: ${where}`, 'dim')]]
  }

  #progress(stage: StageView, time: number): Line[] {
    if (time - (this.#reported.get(stage.id) ?? 0) < interval || stage.progress === undefined) return []
    this.#reported.set(stage.id, time)
    const { progress, scalars } = stage
    const fraction = fractionOf(progress)
    const eta = etaOf(progress)
    const words = [
      ...(progress.phase ? [progress.phase] : []),
      fraction === undefined ? `${count(progress.done)} ${progress.unit}` : percent(fraction),
      ...measurements(scalars).map(({ label, value }) => `${label} ${scalar(value)}`),
      ...(scalars.tokensPerSecond === undefined ? [] : [`${count(scalars.tokensPerSecond)} tokens/s`]),
      ...(eta === undefined ? [] : [`${duration(eta)} left`]),
    ]
    return [this.#line(' ', 'dim', stage, words.join(', '))]
  }

  /** As `#line`, over as many lines as `text` has. */
  #lines(mark: string, tone: 'dim' | 'bad' | 'warn', stage: StageView, text: string): Line[] {
    const lead = [seg(`${mark} `, tone), seg(stage.name.padEnd(this.#names), 'bold'), seg(' ')]
    return textUnder(lead, ' '.repeat(this.#names + 3), text, tone)
  }

  #line(
    mark: string,
    tone: 'dim' | 'busy' | 'good' | 'bad' | 'warn',
    stage: StageView,
    text: string,
    more?: string,
  ): Line {
    return [
      seg(`${mark} `, tone),
      seg(stage.name.padEnd(this.#names), 'bold'),
      seg(` ${text}`, tone === 'good' || tone === 'busy' ? undefined : tone),
      ...(more ? [seg(`  ${more}`, 'dim')] : []),
    ]
  }
}

/** Why a stage runs. For an attempt that resumes its own work, the step is the reason that matters. */
function startedWhy({ reason, resumedFrom }: StartedEvent): string {
  if (resumedFrom === undefined || reason.endsWith(`continues from step ${count(resumedFrom)}`)) return reason
  return `resumes from step ${count(resumedFrom)}`
}
