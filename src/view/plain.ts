/** A run as lines, for pipes, logs and terminals that want no dashboard: what happened, each thing once. */

import type { RemoteTally, RunEvent, RunEventOf } from '../core/event.ts'
import { quoted } from '../core/shell-word.ts'
import { helpLines, messageLines, textUnder } from './failure.ts'
import { fold, type RunView, type StageView } from './fold.ts'
import { bytes, count, doneWhat, duration, percent, plural, scalar, shortDigest } from './format.ts'
import { type Line, seg, width } from './line.ts'
import { measurements } from './measurements.ts'
import { etaOf, fractionOf } from './progress.ts'
import { detailLines, showsMetrics } from './report-detail.ts'
import { whySkipped } from './skipped.ts'
import { gpusInWords } from './stage-view.ts'
import { type Contender, metricToSortBy, ranked, variantTable } from './variants.ts'

/** Milliseconds between two lines on how far a stage is. */
const every = 10_000

/** Turns events into lines. It holds what was said when, so there is one for each run. */
export class PlainLines {
  readonly #view: RunView
  readonly #said = new Map<string, number>()
  /** Columns of names: more than usual where variants have long ones. */
  #names = 20

  /** `view` is kept up to date. */
  constructor(view: RunView) {
    this.#view = view
  }

  /** The lines to print for an event; often none. */
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
        this.#said.set(stage.id, event.time)
        return [this.#line('>', 'busy', stage, startedWhy(event), gpusInWords(stage))]
      case 'finished':
        return [
          this.#line(
            '+',
            'good',
            stage,
            duration(event.seconds),
            `${doneWhat(event.report)}${event.unchanged && stage.reason !== 'first run' ? ' (as before)' : ''}`,
          ),
        ]
      case 'failed':
        return this.#lines('!', 'bad', stage, `failed: ${event.error.message}`)
      case 'skipped':
        return [this.#line('-', 'warn', stage, `skipped: ${whySkipped(event)}`)]
      case 'interrupted': {
        const at = stage.checkpoint === undefined ? '' : `; the next run goes on from step ${count(stage.checkpoint)}`
        return [this.#line('-', 'warn', stage, `interrupted${at}`)]
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
      case 'waiting':
        return [this.#line('?', 'busy', stage, `waits for ${event.on}: ${event.address}`)]
      case 'log':
        return event.level === 'info' ? [] : this.#lines('!', 'warn', stage, event.message)
      case 'progress':
      case 'metric':
        return this.#progress(stage, event.time)
      default:
        return []
    }
  }

  #pushing({ left, to, time }: RunEventOf<'pushing'>): Line[] {
    if (time - (this.#said.get('pushing') ?? 0) < every) return []
    this.#said.set('pushing', time)
    return [[seg('> ', 'busy'), seg(pushingWords(left, to))]]
  }

  #progress(stage: StageView, time: number): Line[] {
    if (time - (this.#said.get(stage.id) ?? 0) < every || stage.progress === undefined) return []
    this.#said.set(stage.id, time)
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
  #lines(mark: string, tone: 'bad' | 'warn', stage: StageView, text: string): Line[] {
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

/** Why it runs; an attempt that goes on has its reason behind it, but for one that goes on from another's state. */
function startedWhy({ reason, resumedFrom }: RunEventOf<'started'>): string {
  if (resumedFrom === undefined || reason.endsWith(`continues from step ${count(resumedFrom)}`)) return reason
  return `resumes from step ${count(resumedFrom)}`
}

/** What is still to go to the remote cache. */
export function pushingWords(left: number, to: string): string {
  return `pushing what ${left === 1 ? 'one stage' : `${count(left)} stages`} made to ${to}; Ctrl-C leaves it to the next run`
}

/** What came from the remote cache and what went there; nothing where nothing did. */
function remoteWords({ pulled, pulledBytes, pushed, pushedBytes, unpushed }: RemoteTally): string {
  const parts = [
    ...(pulled > 0 ? [`${count(pulled)} pulled (${bytes(pulledBytes)})`] : []),
    ...(pushed > 0 ? [`${count(pushed)} pushed (${bytes(pushedBytes)})`] : []),
    ...(unpushed > 0 ? [`${count(unpushed)} not pushed: the next run tries again`] : []),
  ]
  return parts.join(', ')
}

/** The end of a run: what it gave, what failed and why, the root cause last. `results` are the stages to show. */
export function summaryLines(view: RunView, results: readonly string[]): Line[] {
  const lines: Line[] = []
  const stages = [...view.stages.values()]
  const named = new Map(stages.map((stage) => [stage.name, stage]))
  const shown = results.flatMap((name) => view.stages.get(name) ?? named.get(name) ?? [])
  const variants = new Map<string, StageView[]>()
  for (const stage of shown)
    if (stage.variant) variants.set(stage.variant.of, [...(variants.get(stage.variant.of) ?? []), stage])
  for (const stage of shown) {
    const siblings = stage.variant === undefined ? [stage] : (variants.get(stage.variant.of) ?? [stage])
    if (siblings.length > 1) {
      if (siblings[0] === stage) lines.push([], ...siblingLines(siblings))
    } else if (stage.digest !== undefined) lines.push([], ...resultLines(stage, view))
  }
  const end = view.finished
  if (end !== undefined) {
    const parts = [
      `${count(end.ran)} ran`,
      `${count(end.cached)} cached`,
      ...(end.failed ? [`${count(end.failed)} failed`] : []),
      ...(end.skipped ? [`${count(end.skipped)} skipped`] : []),
      ...(end.interrupted ? [`${count(end.interrupted)} interrupted`] : []),
    ]
    const shared = end.remote === undefined ? '' : remoteWords(end.remote)
    lines.push(
      [],
      [
        seg(parts.join(', '), end.failed ? 'bad' : 'good'),
        seg(` in ${duration(end.seconds)}`, 'dim'),
        ...(shared === '' ? [] : [seg(`; remote cache: ${shared}`, 'dim')]),
      ],
    )
  }
  for (const stage of stages) if (stage.state === 'failed') lines.push([], ...failureLines(stage, view.program))
  return lines
}

/** The variants of a stage as one table, the best first. */
function siblingLines(stages: readonly StageView[]): Line[] {
  const contenders = stages.map((stage): Contender => {
    const { name, variant, report, seconds, state, error, because } = stage
    const reason = error?.message ?? because
    return {
      name,
      of: variant?.of ?? name,
      values: variant?.values ?? {},
      metrics: report?.metrics ?? {},
      ...(seconds === undefined ? {} : { seconds }),
      note: reason === undefined ? state : `${state}: ${reason}`,
      points: [],
    }
  })
  const by = metricToSortBy(contenders)
  const title: Line = [seg(stages[0]?.variant?.of ?? '', 'bold'), seg(`  ${count(stages.length)} variants`, 'dim')]
  const rows = variantTable(ranked(contenders, by), { width: 108, by })
  return [title, ...rows.map((line): Line => [seg('  '), ...line])]
}

function resultLines(stage: StageView, view: RunView): Line[] {
  const metrics = Object.entries(stage.report?.metrics ?? {})
  const names: Readonly<Record<string, string>> = {
    valid_loss: 'held-out loss',
    train_loss: 'training loss',
    bits_per_byte: 'bits per byte',
  }
  const label = (name: string) => names[name] ?? name.replaceAll('_', ' ')
  const wide = Math.max(14, ...metrics.map(([name]) => label(name).length))
  const { summary, detail } = stage.report ?? {}
  const tabled = showsMetrics(detail)
  return [
    [seg(stage.name, 'bold'), ...(summary && !tabled ? [seg(`  ${summary}`, 'dim')] : [])],
    ...(tabled
      ? []
      : metrics.map(([name, value]): Line => [seg(`  ${label(name).padEnd(wide)} `, 'dim'), seg(scalar(value))])),
    ...detailLines(detail, { width: 110, lines: 2 }).map(
      (each): Line => (each.length === 0 ? each : [seg('  '), ...each]),
    ),
    howToShow(stage, view),
  ]
}

/** The command that shows an artefact, and where it lies. */
function howToShow(stage: StageView, { program, options, store }: RunView): Line {
  const words = [
    'llmpipe show',
    quoted(program),
    quoted(stage.name),
    ...(options === '' ? [] : [options]),
    // Beside the program it is found by itself.
    ...(store.endsWith('/.llmpipe') ? [] : ['--store', quoted(store)]),
  ]
  return [seg('  look          ', 'dim'), seg(words.join(' ')), seg(`  (${shortDigest(stage.digest!)})`, 'dim')]
}

function failureLines(stage: StageView, program: string): Line[] {
  const error = stage.error!
  return [
    ...messageLines(error, 'bold'),
    [seg(`  --> ${stage.file ?? program}:${stage.line}  ${stage.name}`, 'dim')],
    ...(error.detail ? error.detail.split('\n').map((text): Line => [seg('  | ', 'dim'), seg(text)]) : []),
    ...helpLines(error),
  ]
}
