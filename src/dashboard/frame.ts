/**
 * A frame of the dashboard as lines: the stages on the left, the selected stage on the right, or below the list if the terminal is
 * narrow. A function of the view and of the size, so that a test can read it.
 *
 *     pretrain.llmpipe · 2 of 9 done · 14s
 *     ● prose           1.2s │ base · pretrain
 *     ├─● bpe           3.0s │ ███████░░░░░░ 54%  12 steps/s  1m 02s left
 *     ●─╯ base           14s │ 4.2 ┤⠉⠢⡀
 */

import { bar, sparkline } from '../view/charts/bar.ts'
import { type Curve, plot } from '../view/charts/plot.ts'
import { type RailRow, railsWithin } from '../view/charts/rails.ts'
import { pointsOf } from '../view/charts/series.ts'
import { bytes, count, doneWhat, duration, percent, rate, scalar } from '../view/format.ts'
import { ledgerLines } from '../view/ledger.ts'
import { cut, cutLine, ends, type Line, seg, type Tone, widthOfLine, wrap } from '../view/line.ts'
import type { RunView, StageState, StageView } from '../view/log/fold.ts'
import { gpusInWords, secondsOf, tally } from '../view/log/stage-view.ts'
import { measurements } from '../view/measurements.ts'
import { etaOf, fractionOf, rateOf } from '../view/progress.ts'
import { pushingInWords } from '../view/remote-words.ts'
import { detailLines } from '../view/report-detail.ts'

export type Panel = 'overview' | 'log' | 'why' | 'help'

export interface FrameState {
  readonly selected: StageView | undefined
  readonly panel: Panel
  /** The number of lines scrolled up from the end of the log. */
  readonly scroll: number
  readonly stopping: boolean
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const marks: Readonly<Record<StageState, { readonly mark: string; readonly tone: Tone }>> = {
  waiting: { mark: '○', tone: 'dim' },
  running: { mark: '◉', tone: 'busy' },
  cached: { mark: '=', tone: 'dim' },
  finished: { mark: '●', tone: 'good' },
  failed: { mark: '×', tone: 'bad' },
  skipped: { mark: '–', tone: 'warn' },
  interrupted: { mark: '–', tone: 'warn' },
}

/** With fewer columns, the selected stage is shown under the list. */
const sideBySide = 90

/** Exactly `rows` lines of at most `columns`. */
export function frame(view: RunView, state: FrameState, { columns, rows }: Size): Line[] {
  const notices = rows > 3 ? noticeLines(view, columns) : []
  const room = Math.max(1, rows - 2 - notices.length)
  const wide = columns >= sideBySide
  const listWidth = wide ? Math.min(48, Math.floor(columns * 0.42)) : columns
  const listHeight = wide ? room : Math.max(1, Math.min(view.stages.size, Math.floor(room * 0.45)))
  const list = stageList(view, state.selected, listWidth, listHeight)
  const size = wide ? { columns: columns - listWidth - 3, rows: room } : { columns, rows: room - list.length - 1 }
  const detail = state.selected === undefined || size.rows < 1 ? [] : panel(view, state.selected, state, size)
  const body: Line[] = wide
    ? Array.from({ length: room }, (_, i) => beside(list[i] ?? [], detail[i] ?? [], listWidth))
    : [...list, [seg('─'.repeat(columns), 'dim')], ...detail]
  const filled = Array.from({ length: room }, (_, i) => cutLine(body[i] ?? [], columns))
  return [header(view, state, columns), ...filled, ...notices, footer(state, columns)]
}

/** The newest notice about the run as a whole; at most one line. */
function noticeLines({ notices, pushing }: RunView, columns: number): Line[] {
  const last = notices.at(-1)
  if (last !== undefined) return [cutLine([seg(last, 'warn')], columns)]
  return pushing === undefined ? [] : [cutLine([seg(pushingInWords(pushing), 'busy')], columns)]
}

function beside(left: Line, right: Line, width: number): Line {
  const gap = Math.max(0, width - widthOfLine(left))
  return [...left, { text: ' '.repeat(gap) }, seg(' │ ', 'dim'), ...right]
}

function header(view: RunView, { stopping }: FrameState, columns: number): Line {
  const counts = tally(view)
  const done = counts.cached + counts.finished
  const words: Line = [
    seg(view.program, 'bold'),
    seg(`  ${done} of ${view.stages.size} done`, 'dim'),
    ...(counts.cached > 0 ? [seg(`, ${counts.cached} cached`, 'dim')] : []),
    ...(counts.failed > 0 ? [seg(`, ${counts.failed} failed`, 'bad')] : []),
    ...(stopping ? [seg('  stopping: Ctrl-C again stops at once', 'warn')] : []),
  ]
  return ends(words, [seg(duration((view.now - view.startedAt) / 1000), 'dim')], columns)
}

function footer({ panel: shown }: FrameState, columns: number): Line {
  const keys =
    shown === 'overview' ? '↑↓ stage  f follow  l log  w why  p plain  ? help  q stop' : '↑↓ scroll  esc back  q stop'
  return cutLine([seg(keys, 'dim')], columns)
}

function stageList(view: RunView, selected: StageView | undefined, width: number, height: number): Line[] {
  const stages = [...view.stages.values()]
  const rows = railsFor(view, stages, width)
  const at = Math.max(0, selected === undefined ? 0 : stages.indexOf(selected))
  const from = Math.max(0, Math.min(at - Math.floor(height / 2), stages.length - height))
  return rows.slice(from, from + height).map((row, i) => {
    const stage = stages[from + i]!
    const { mark, tone } = marks[stage.state]
    const seconds = secondsOf(stage, view.now)
    const time = stage.state === 'cached' ? hitWord(stage) : seconds === undefined ? '' : duration(seconds)
    const fraction = isUnderWay(stage) && stage.progress ? fractionOf(stage.progress) : undefined
    const left: Line = [
      seg(row.before, 'dim'),
      seg(mark, tone),
      seg(`${row.after} `, 'dim'),
      seg(stage.name, stage === selected ? 'selected' : stage.state === 'waiting' ? 'dim' : undefined),
    ]
    return ends(left, [seg(fraction === undefined ? time : `${percent(fraction)} ${time}`, 'dim')], width)
  })
}

const hitWord = ({ pulled }: StageView) => (pulled === undefined ? 'cached' : 'pulled')

/** Whether the stage runs, or its outputs are being pulled from the remote cache. */
const isUnderWay = ({ state, progress }: StageView) =>
  state === 'running' || (state === 'waiting' && progress !== undefined)

/** The rails of each run and the width that they were drawn for, since ten frames a second show the same ones. */
const drawn = new WeakMap<
  RunView,
  { readonly stages: number; readonly width: number; readonly rows: readonly RailRow[] }
>()

/**
 * The lines of the graph that stand before the names of `stages`, one row for each stage. The rows are empty if the lines would leave no room
 * for names, as in a sweep, which has a lane for each variant. They are remembered for each view, because every frame asks for them.
 */
function railsFor(view: RunView, stages: readonly StageView[], width: number): readonly RailRow[] {
  const known = drawn.get(view)
  if (known?.stages === stages.length && known.width === width) return known.rows
  const rows = fittingRails(stages, width) ?? stages.map(({ id }) => ({ id, before: '', after: '' }))
  drawn.set(view, { stages: stages.length, width, rows })
  return rows
}

function fittingRails(stages: readonly StageView[], width: number): RailRow[] | undefined {
  const rows = railsWithin(stages, width)
  if (rows === undefined) return undefined
  let [lanes, names] = [0, 0]
  for (const { before, after } of rows) lanes = Math.max(lanes, before.length + after.length)
  for (const { name, variant } of stages) if (variant !== undefined) names = Math.max(names, name.length)
  // 14 columns for the mark, and for the percentage and the time at the right.
  return lanes + names + 14 <= width || lanes <= 12 ? rows : undefined
}

function panel(view: RunView, stage: StageView, state: FrameState, size: Size): Line[] {
  if (state.panel === 'help') return helpLines()
  if (state.panel === 'log') return logLines(stage, state.scroll, size)
  if (state.panel === 'why') return wrap(whyOf(stage), size.columns).map((text) => [seg(text)])
  return overview(view, stage, size)
}

function whyOf(stage: StageView): string {
  if (stage.state === 'cached') {
    const where = stage.pulled === undefined ? '' : ` Its artefact came from the remote cache, ${bytes(stage.pulled)}.`
    return `It is cached: nothing that it depends on has changed.${where}`
  }
  return stage.reason ?? (stage.because === undefined ? 'It has not started.' : `It was skipped: ${stage.because}.`)
}

function helpLines(): Line[] {
  const keys: readonly (readonly [string, string])[] = [
    ['↑ ↓  k j', 'select another stage'],
    ['f', 'follow the running stage'],
    ['l', 'the log of the stage'],
    ['w', 'why the stage runs'],
    ['p', 'plain lines in place of this screen'],
    ['q  Ctrl-C', 'stop and save; twice: stop at once'],
  ]
  return keys.map(([key, text]) => [seg(key.padEnd(12), 'accent'), seg(text)])
}

function logLines(stage: StageView, scroll: number, size: Size): Line[] {
  if (stage.log.length === 0) return [[seg('no log', 'dim')]]
  const end = Math.max(size.rows, stage.log.length - scroll)
  return stage.log.slice(Math.max(0, end - size.rows), end).map(({ level, message }) => {
    const tone = level === 'error' ? 'bad' : level === 'warning' ? 'warn' : undefined
    return [seg(cut(message, size.columns), tone)]
  })
}

/** The progress of the stage, and as many of the following as there is room for: error, curve, details, sample, ledger, log. */
function overview(view: RunView, stage: StageView, { columns, rows }: Size): Line[] {
  const lines: Line[] = [
    [
      seg(stage.name, 'bold'),
      seg(`  ${stage.kind}`, 'dim'),
      ...(stage.gpus.length > 0 ? [seg(`  ${gpusInWords(stage)}`, 'dim')] : []),
      ...(stage.reason ? [seg(`  ${stage.reason}`, 'dim')] : []),
    ],
  ]
  const add = (more: readonly Line[]) => {
    const room = rows - lines.length
    if (more.length > 0 && room > 1) lines.push(...[[] as Line, ...more].slice(0, room))
  }
  if (isUnderWay(stage)) lines.push(...progressLines(stage, columns))
  if (stage.waiting !== undefined && stage.state === 'running')
    add([
      [seg(`It waits for ${stage.waiting.on}, and continues by itself once they are done:`)],
      ...wrap(stage.waiting.address, columns).map((text): Line => [seg(text, 'accent')]),
    ])
  else if (stage.report?.summary)
    lines.push([seg(stage.state === 'finished' ? doneWhat(stage.report) : stage.report.summary)])
  if (stage.error !== undefined) {
    const { code, message, help } = stage.error
    add(
      [`error[${code}]: ${message}`, ...(help ? [`help: ${help}`] : [])]
        .flatMap((text) => wrap(text, columns))
        .map((text): Line => [seg(text, 'bad')]),
    )
  }
  add(scalarLines(stage))
  add(curveLines(stage, columns, Math.min(12, Math.max(0, Math.floor((rows - lines.length) * 0.6)))))
  add(detailLines(stage.report?.detail, { width: columns, lines: 2 }))
  if (stage.sample !== undefined) {
    const text = `${stage.sample.prompt}${stage.sample.text}`.trim()
    add([
      [seg(`sample at step ${count(stage.sample.step)}`, 'dim')],
      ...wrap(text, columns)
        .slice(0, 6)
        .map((line): Line => [seg(line, 'accent')]),
    ])
  }
  if (stage.ledger !== undefined)
    add(ledgerLines(stage.ledger, { width: columns, height: Math.max(1, rows - lines.length - 1) }))
  add(
    stage.log
      .slice(-Math.max(0, rows - lines.length - 1))
      .map((line): Line => [seg(cut(line.message, columns), 'dim')]),
  )
  if (view.finished !== undefined && stage.digest !== undefined)
    add([[seg(`digest ${stage.digest.slice(0, 12)}`, 'dim')]])
  return lines.slice(0, rows)
}

function progressLines(stage: StageView, columns: number): Line[] {
  const { progress } = stage
  if (progress === undefined) return [[seg(stage.startedAt === undefined ? '' : 'starting', 'dim')]]
  const fraction = fractionOf(progress)
  const perSecond = rateOf(progress)
  const eta = etaOf(progress)
  const words = [
    ...(progress.phase ? [progress.phase] : []),
    fraction === undefined ? `${count(progress.done)} ${progress.unit}` : percent(fraction),
    ...(perSecond === undefined ? [] : [rate(perSecond, progress.unit)]),
    ...(eta === undefined ? [] : [`${duration(eta)} left`]),
  ].join('  ')
  if (fraction === undefined) return [[seg(words)]]
  const drawn = bar(fraction, Math.max(8, Math.min(30, columns - words.length - 2)))
  return [[seg(drawn.full, 'busy'), seg(drawn.rest, 'dim'), seg(`  ${words}`)]]
}

function scalarLines({ scalars, step }: StageView): Line[] {
  const rest = [
    { label: 'tokens/s', value: scalars.tokensPerSecond },
    { label: 'lr', value: scalars.learningRate },
  ].filter((each): each is { label: string; value: number } => each.value !== undefined)
  const shown = [...(isPolicy(scalars) ? [] : measurements(scalars)), ...rest]
  if (shown.length === 0) return []
  const parts = shown.flatMap(({ label, value }) => [seg(`${label} `, 'dim'), seg(`${scalar(value)}  `)])
  return [[seg('step ', 'dim'), seg(`${count(step ?? 0)}  `), ...parts]]
}

const isPolicy = ({ reward }: StageView['scalars']) => reward !== undefined

function curveLines(stage: StageView, columns: number, height: number): Line[] {
  if (isPolicy(stage.scalars)) return policyLines(stage, columns)
  const curve = (name: string, label: string, tone: Tone): Curve[] => {
    const series = stage.series[name]
    return series === undefined ? [] : [{ name: label, points: pointsOf(series), tone }]
  }
  const curves = [...curve('loss', 'loss', 'first'), ...curve('validLoss', 'held-out', 'second')]
  if (curves.length === 0 || height < 4) return []
  return plot(curves, { width: columns, height, until: stage.progress?.total })
}

/** The measurements of training by rewards, each with a small curve: `reward         1.40  ▁▂▄▅▆▇▇█`. */
function policyLines({ scalars, series }: StageView, columns: number): Line[] {
  const shown = measurements(scalars)
  const named = Math.max(...shown.map(({ label }) => label.length))
  return shown.map(({ name, label, value }) => {
    const words = `${label.padEnd(named)}  ${scalar(value).padStart(6)}  `
    const values = series[name] === undefined ? [] : pointsOf(series[name]).map((point) => point.value)
    return [
      seg(words.slice(0, named), 'dim'),
      seg(words.slice(named)),
      seg(sparkline(values, columns - words.length), 'first'),
    ]
  })
}
