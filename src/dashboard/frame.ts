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
import { duration, percent } from '../view/format.ts'
import { cut, cutLine, ends, type Line, seg, type Tone, widthOfLine } from '../view/line.ts'
import type { RunView, StageState, StageView } from '../view/log/fold.ts'
import { isUnderWay, secondsOf, tally } from '../view/log/stage-view.ts'
import { fractionOf } from '../view/progress.ts'
import { pushingInWords } from '../view/remote-words.ts'
import { overview } from './overview.ts'
import type { Size } from './size.ts'
import { whyLines } from './why.ts'

export type Panel = 'overview' | 'log' | 'why' | 'help'

export interface FrameState {
  readonly selected: StageView | undefined
  readonly panel: Panel
  /** The number of lines scrolled up from the end of the log. */
  readonly scroll: number
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
  const room = Math.max(1, rows - 2 - notices.length)
  const wide = columns >= sideBySide
  const listWidth = wide ? widthOfList(view, columns) : columns
  const listHeight = wide ? room : Math.max(1, Math.min(view.stages.size, Math.floor(room * 0.45)))
  const list = stageList(
    view,
    state.selected,
    { columns: listWidth, rows: listHeight },
    wide ? Math.floor(columns / 2) : columns,
  )
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

/** The columns of the list beside a stage: enough to show the names in full, but at most half of all. */
function widthOfList(view: RunView, columns: number): number {
  const most = Math.floor(columns / 2)
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
  if (state.panel === 'why') return whyLines(view, stage, size.columns)
  return overview(view, stage, size)
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
