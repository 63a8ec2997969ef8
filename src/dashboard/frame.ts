/**
 * A frame of the dashboard as lines: the stages on the left, the selected stage on the right, or below the list if the terminal is
 * narrow. A function of the view and of the size, so that a test can read it.
 *
 *     pretrain.llmpipe · 2 of 9 done · 14s
 *     ● prose           1.2s │ base · pretrain
 *     ├─● bpe           3.0s │ ███████░░░░░░ 54%  12 steps/s  1m 02s left
 *     ●─╯ base           14s │ 4.2 ┤⠉⠢⡀
 */

import { type RailRow, railsWithin } from '../view/charts/rails.ts'
import { count, duration, percent } from '../view/format.ts'
import { cutLine, ends, type Line, seg, type Tone, widthOfLine } from '../view/line.ts'
import type { RunView, StageState, StageView } from '../view/log/fold.ts'
import { isUnderWay, secondsOf, tally } from '../view/log/stage-view.ts'
import { fractionOf } from '../view/progress.ts'
import { pushingInWords } from '../view/remote-words.ts'
import { hasCurve } from './curves.ts'
import { logLines, scrolled } from './log-panel.ts'
import { overview } from './overview.ts'
import type { Size } from './size.ts'
import { whyLines } from './why.ts'

export type Panel = 'overview' | 'log' | 'why' | 'help'

export interface FrameState {
  readonly selected: StageView | undefined
  readonly panel: Panel
  /** The line of the log to which it has been scrolled, or the first row of another panel; `undefined` for the newest line and the first row. */
  readonly at: number | undefined
  readonly stopping: boolean
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
  const room = roomOf(view, rows)
  const { isWide, list: width, detail: size } = layout(view, state, { columns, rows })
  const detail = state.selected === undefined || size.rows < 1 ? [] : panel(view, state.selected, state, size)
  // Under each other, the list has the rows that the stage leaves.
  const height = isWide ? room : Math.max(1, Math.min(view.stages.size, room - detail.length - 1))
  const list = stageList(view, state.selected, { columns: width, rows: height }, isWide ? half(columns) : columns)
  const body: Line[] = isWide
    ? Array.from({ length: room }, (_, i) => beside(list[i] ?? [], detail[i] ?? [], width))
    : [...list, [seg('─'.repeat(columns), 'dim')], ...detail]
  const filled = Array.from({ length: room }, (_, i) => cutLine(body[i] ?? [], columns))
  return [header(view, state, columns), ...filled, ...notices, footer(view, state, columns)]
}

/** The rows between header and footer. */
function roomOf({ notices, pushing }: RunView, rows: number): number {
  const hasNotice = rows > 3 && (notices.length > 0 || pushing !== undefined)
  return Math.max(1, rows - 2 - (hasNotice ? 1 : 0))
}

const half = (columns: number) => Math.floor(columns / 2)

/** The part of the rows that the list has at least if it stands above a stage. A log and curves need the room more. */
function shareOfList(panel: Panel, selected: StageView | undefined): number {
  if (panel === 'log') return 0
  return panel === 'overview' && (selected === undefined || !hasCurve(selected)) ? 0.45 : 0.3
}

/** The columns of the list, and the most room that the selected stage can have. */
function layout(view: RunView, { panel, selected }: FrameState, { columns, rows }: Size) {
  const room = roomOf(view, rows)
  if (columns >= sideBySide) {
    const list = widthOfList(view, columns)
    return { isWide: true, list, detail: { columns: columns - list - 3, rows: room } }
  }
  const list = Math.max(1, Math.min(view.stages.size, Math.floor(room * shareOfList(panel, selected))))
  return { isWide: false, list: columns, detail: { columns, rows: room - list - 1 } }
}

/** The place of the panel after scrolling by `by` lines, towards the end if positive. `by` of infinity leads to the ends. `page`: by screens. */
export function scrolledBy(
  view: RunView,
  state: FrameState,
  size: Size,
  by: number,
  unit: 'lines' | 'pages',
): number | undefined {
  if (state.selected === undefined) return undefined
  const { detail } = layout(view, state, size)
  const lines = unit === 'pages' ? by * Math.max(1, detail.rows - 2) : by
  if (state.panel === 'log') return scrolled(state.selected, state.at, lines, detail)
  const last = unscrolled(view, state.selected, state.panel, detail).length - detail.rows
  return Math.max(0, Math.min((state.at ?? 0) + lines, last))
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
    ...(stopping
      ? [seg(`  ${hasJobs(view) ? 'leaving: the jobs go on' : 'stopping: Ctrl-C again stops at once'}`, 'warn')]
      : []),
  ]
  return ends(words, [seg(duration((view.now - view.startedAt) / 1000), 'dim')], columns)
}

const keysOf: Readonly<Record<Panel, string>> = {
  overview: '↑↓ stage  f follow  l log  w why  p plain  ? help',
  log: '↑↓ PgUp PgDn scroll  g G ends  l back',
  why: '↑↓ stage  PgUp PgDn scroll  w back',
  help: '? back',
}

/** Whether stages are jobs of a cluster, which go on when nobody looks any more. */
function hasJobs(view: RunView): boolean {
  return [...view.stages.values()].some(({ queue }) => queue !== undefined)
}

function footer(view: RunView, { panel: shown }: FrameState, columns: number): Line {
  return cutLine([seg(`${keysOf[shown]}  q ${hasJobs(view) ? 'leave' : 'stop'}`, 'dim')], columns)
}

/** The columns of the list beside a stage: enough to show the names in full, but at most half of all, or less if the terminal is not so wide. */
function widthOfList(view: RunView, columns: number): number {
  const most = columns < 140 ? Math.floor(columns * 0.42) : half(columns)
  const stages = [...view.stages.values()]
  const rows = railsFor(view, stages, most)
  const longest = stages.reduce((width, { name }, i) => {
    const { before, after } = rows[i]!
    return Math.max(width, before.length + after.length + name.length)
  }, 0)
  return Math.max(Math.min(36, most), Math.min(most, longest + besideName))
}

/** The columns of a row besides rails and name: the mark, and the percentage and the time at the right. */
const besideName = 16

/** Rows of the list around the selected stage. The rails are those that fit in `room` columns. */
function stageList(view: RunView, selected: StageView | undefined, size: Size, room: number): Line[] {
  const { columns: width, rows: height } = size
  const stages = [...view.stages.values()]
  const rows = railsFor(view, stages, room)
  const at = Math.max(0, selected === undefined ? 0 : stages.indexOf(selected))
  const from = Math.max(0, Math.min(at - Math.floor(height / 2), stages.length - height))
  return rows.slice(from, from + height).map((row, i) => {
    const stage = stages[from + i]!
    const { mark, tone } = marks[stage.state]
    const seconds = secondsOf(stage, view.now)
    const time = timeWord(stage, seconds)
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

/** The time of a stage; `queued` for one whose job waits. */
function timeWord(stage: StageView, seconds: number | undefined): string {
  if (stage.state === 'cached') return hitWord(stage)
  if (stage.state === 'running' && stage.queue?.state === 'pending') return 'queued'
  return seconds === undefined ? '' : duration(seconds)
}

const hitWord = ({ pulled }: StageView) => (pulled === undefined ? 'cached' : 'pulled')

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
  if (state.panel === 'log') return logLines(stage, state.at, size)
  const lines = unscrolled(view, stage, state.panel, size)
  const from = Math.max(0, Math.min(state.at ?? 0, lines.length - size.rows))
  const shown = lines.slice(from, from + size.rows)
  const below = lines.length - from - size.rows
  return below <= 0 ? shown : [...shown.slice(0, -1), [seg(`↓ ${count(below + 1)} more`, 'accent')]]
}

/** All lines of a panel other than the log, which may be more than there is room for. */
function unscrolled(view: RunView, stage: StageView, shown: Panel, size: Size): Line[] {
  if (shown === 'help') return helpLines(hasJobs(view))
  return shown === 'why' ? whyLines(view, stage, size.columns) : overview(view, stage, size)
}

function helpLines(leavesJobs: boolean): Line[] {
  const keys: readonly (readonly [string, string])[] = [
    ['↑ ↓  k j', 'select another stage'],
    ['f', 'follow the running stage'],
    ['l', 'the log of the stage'],
    ['w', 'why the stage runs, and the stages before it'],
    ['PgUp PgDn', 'scroll the log, or a long why; g and G to the ends'],
    ['p', 'plain lines in place of this screen'],
    ['q  Ctrl-C', leavesJobs ? 'leave: the jobs of the cluster go on' : 'stop and save; twice: stop at once'],
  ]
  return keys.map(([key, text]) => [seg(key.padEnd(12), 'accent'), seg(text)])
}
