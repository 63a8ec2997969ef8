/** The overview of one stage: progress, error, measurements, curves, details, sample, ledger and log, as the room allows. */

import { bar } from '../view/charts/bar.ts'
import { count, doneWhat, duration, percent, rate, scalar } from '../view/format.ts'
import { ledgerLines } from '../view/ledger.ts'
import { cut, cutLine, ends, type Line, seg, widthOfLine, wrap } from '../view/line.ts'
import type { RunView, StageView } from '../view/log/fold.ts'
import { gpusInWords, isUnderWay } from '../view/log/stage-view.ts'
import { measurements } from '../view/measurements.ts'
import { etaOf, fractionOf, rateOf } from '../view/progress.ts'
import { clusterUseInWords, queueInWords } from '../view/queue-words.ts'
import { detailLines } from '../view/report-detail.ts'
import { curveLines, hasCurve, isPolicy } from './curves.ts'
import type { Size } from './size.ts'
import { whyOf } from './why.ts'

/** The progress of the stage, and as many of the following as there is room for: error, curve, details, sample, ledger, log, other stages. */
export function overview(view: RunView, stage: StageView, { columns, rows }: Size): Line[] {
  const lines = titleLines(stage, { columns, rows })
  const add = (more: readonly Line[]) => {
    const room = rows - lines.length
    if (more.length > 0 && room > 1) lines.push(...[[] as Line, ...more].slice(0, room))
  }
  if (stage.use !== undefined) lines.push([seg(cut(clusterUseInWords(stage.use), columns), 'dim')])
  else if (stage.queue !== undefined && isUnderWay(stage))
    lines.push([seg(cut(queueInWords(stage.queue), columns), 'busy')])
  if (isUnderWay(stage) && stage.queue?.state !== 'pending') lines.push(...progressLines(stage, columns))
  if (stage.waiting !== undefined && stage.state === 'running')
    add([
      [seg(`It waits for ${stage.waiting.on}, and continues by itself once they are done:`)],
      ...wrap(stage.waiting.address, columns).map((text): Line => [seg(text, 'accent')]),
    ])
  else if (stage.report?.summary)
    lines.push([seg(stage.state === 'finished' ? doneWhat(stage.report) : stage.report.summary)])
  else if (stage.reason === undefined && stage.state !== 'cached' && !isUnderWay(stage))
    lines.push(...wrap(whyOf(view, stage), columns).map((text): Line => [seg(text, 'dim')]))
  if (stage.error !== undefined) {
    const { code, message, help } = stage.error
    add(
      [`error[${code}]: ${message}`, ...(help ? [`help: ${help}`] : [])]
        .flatMap((text) => wrap(text, columns))
        .map((text): Line => [seg(text, 'bad')]),
    )
  }
  add(scalarLines(stage, columns))
  const rest = rows - lines.length
  const all = belowCurve(stage, { columns, rows })
  const below = hasCurve(stage) ? fitting(all, rest - 1 - leastCurve) : all
  // The curve takes the rows that nothing else needs.
  const left = rest - 1 - below.reduce((sum, block) => sum + 1 + block.length, 0)
  add(curveLines(stage, { columns, rows: left }))
  // Curves can be smaller than the room.
  for (const block of fitting(all, rows - lines.length)) add(block)
  if (stage.ledger !== undefined)
    add(ledgerLines(stage.ledger, { width: columns, height: Math.max(1, rows - lines.length - 1) }))
  if (!hasCurve(stage))
    add(
      stage.log
        .slice(-Math.max(0, rows - lines.length - 1))
        .map((line): Line => [seg(cut(line.message, columns), 'dim')]),
    )
  if (view.finished !== undefined && stage.digest !== undefined)
    add([[seg(`digest ${stage.digest.slice(0, 12)}`, 'dim')]])
  add(endedLines(view, stage, { columns, rows: rows - lines.length - 1 }))
  return lines.slice(0, rows)
}

/** The rows that a curve has at least, before anything is shown below it. */
const leastCurve = 7

/** The blocks that fit into `rows`, each with a blank row before it, the first ones first. A block may lose lines at its end, but keeps two. */
function fitting(blocks: readonly (readonly Line[])[], rows: number): (readonly Line[])[] {
  let left = rows
  return blocks.flatMap((block) => {
    if (left < 1 + Math.min(2, block.length)) return []
    const kept = block.slice(0, left - 1)
    left -= 1 + kept.length
    return [kept]
  })
}

/** The rows from which on a long reason has lines of its own. */
const roomForReason = 16

/** `base  pretrain  optimizer.lr: 0.001 → 0.002, line 31`: name, kind and why it runs, which has up to three lines of its own if it is long. */
function titleLines(stage: StageView, { columns, rows }: Size): Line[] {
  const title: Line = [
    seg(stage.name, 'bold'),
    seg(`  ${stage.kind}`, 'dim'),
    ...(stage.gpus.length > 0 ? [seg(`  ${gpusInWords(stage)}`, 'dim')] : []),
  ]
  if (stage.reason === undefined) return [title]
  const whole = [...title, seg(`  ${stage.reason}`, 'dim')]
  if (widthOfLine(whole) <= columns || rows < roomForReason) return [cutLine(whole, columns)]
  const words = wrap(stage.reason, columns)
  const shown = words.length <= 3 ? words : [...words.slice(0, 2), words.slice(2).join(' ')]
  return [title, ...shown.map((text): Line => [seg(cut(text, columns), 'dim')])]
}

/** The stages that have ended with something to report, the newest first: what a stage that reports little leaves room for. */
function endedLines(view: RunView, stage: StageView, { columns, rows }: Size): Line[] {
  if (rows < 2) return []
  const ended = view.ended.filter((each) => each !== stage && each.report?.summary).slice(-(rows - 1))
  if (ended.length === 0) return []
  const lines = ended.reverse().map((each): Line => {
    const words = [seg(`${each.name}  `), seg(doneWhat(each.report), 'dim')]
    const time = each.state === 'cached' || each.seconds === undefined ? '' : duration(each.seconds)
    return time === '' ? cutLine(words, columns) : ends(words, [seg(time, 'dim')], columns)
  })
  return [[seg('done so far', 'dim')], ...lines]
}

/** The blocks under the curve whose size does not depend on the room: details, the newest sample, the end of the log. */
function belowCurve(stage: StageView, { columns, rows }: Size): Line[][] {
  const { report, sample, log } = stage
  const detail = detailLines(report?.detail, { width: columns, lines: 2 })
  const text = sample === undefined ? '' : `${sample.prompt}${sample.text}`.trim()
  const written = wrap(text, columns).slice(0, Math.max(6, Math.floor(rows / 6)))
  const logged = log.slice(-Math.max(4, Math.floor(rows / 8)))
  return [
    detail,
    sample === undefined
      ? []
      : [[seg(`sample at step ${count(sample.step)}`, 'dim')], ...written.map((line): Line => [seg(line, 'accent')])],
    hasCurve(stage) ? logged.map((line): Line => [seg(cut(line.message, columns), 'dim')]) : [],
  ].filter((block) => block.length > 0)
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

/** The newest measurements in one line, as many as fit; and the loss of each source. */
function scalarLines({ scalars, step }: StageView, columns: number): Line[] {
  const rest = [
    { label: 'tokens/s', value: scalars.tokensPerSecond },
    { label: 'lr', value: scalars.learningRate },
    { label: 'gradient norm', value: scalars.gradientNorm },
  ].filter((each): each is { label: string; value: number } => each.value !== undefined)
  const shown = [...(isPolicy(scalars) ? [] : measurements(scalars)), ...rest]
  if (shown.length === 0) return []
  const line = [seg('step ', 'dim'), seg(count(step ?? 0))]
  for (const { label, value } of shown) {
    const part = [seg(`  ${label} `, 'dim'), seg(scalar(value))]
    if (widthOfLine([...line, ...part]) > columns) break
    line.push(...part)
  }
  return [line, ...sourceLine(scalars)]
}

/** The loss of each source of a mixture: `loss of  web 3.412  code 1.930`. */
function sourceLine(scalars: StageView['scalars']): Line[] {
  const parts = Object.entries(scalars).flatMap(([name, value]) => {
    const source = /^loss\[(.*)\]$/.exec(name)?.[1]
    return source === undefined || value === undefined ? [] : [seg(`${source} `, 'dim'), seg(`${scalar(value)}  `)]
  })
  return parts.length === 0 ? [] : [[seg('loss of  ', 'dim'), ...parts]]
}
