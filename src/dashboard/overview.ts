/** The overview of one stage: progress, error, measurements, curves, details, sample, ledger and log, as the room allows. */

import { bar, sparkline } from '../view/charts/bar.ts'
import { type Curve, plot } from '../view/charts/plot.ts'
import { pointsOf } from '../view/charts/series.ts'
import { count, doneWhat, duration, percent, rate, scalar } from '../view/format.ts'
import { ledgerLines } from '../view/ledger.ts'
import { cut, type Line, seg, type Tone, widthOfLine, wrap } from '../view/line.ts'
import type { RunView, StageView } from '../view/log/fold.ts'
import { gpusInWords, isUnderWay } from '../view/log/stage-view.ts'
import { measurements } from '../view/measurements.ts'
import { etaOf, fractionOf, rateOf } from '../view/progress.ts'
import { detailLines } from '../view/report-detail.ts'
import type { Size } from './size.ts'

/** The progress of the stage, and as many of the following as there is room for: error, curve, details, sample, ledger, log. */
export function overview(view: RunView, stage: StageView, { columns, rows }: Size): Line[] {
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
  const below = belowCurve(stage, columns)
  const rest = rows - lines.length
  // The curve takes the rows that nothing else needs, and most of the rest if there is little room.
  const left = rest - 1 - below.reduce((sum, block) => sum + 1 + block.length, 0)
  add(curveLines(stage, { columns, rows: Math.max(Math.min(12, Math.floor(rest * 0.6)), left) }))
  for (const block of below) add(block)
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
  return lines.slice(0, rows)
}

/** The blocks under the curve whose size does not depend on the room: details, the newest sample, the end of the log. */
function belowCurve(stage: StageView, columns: number): Line[][] {
  const { report, sample, log } = stage
  const detail = detailLines(report?.detail, { width: columns, lines: 2 })
  const text = sample === undefined ? '' : `${sample.prompt}${sample.text}`.trim()
  const written = wrap(text, columns).slice(0, 6)
  return [
    detail,
    sample === undefined
      ? []
      : [[seg(`sample at step ${count(sample.step)}`, 'dim')], ...written.map((line): Line => [seg(line, 'accent')])],
    hasCurve(stage) ? log.slice(-mostLogLines).map((line): Line => [seg(cut(line.message, columns), 'dim')]) : [],
  ].filter((block) => block.length > 0)
}

const hasCurve = ({ series }: StageView) => series.loss !== undefined || series.reward !== undefined

/** The lines of its log that a training shows below its curve. */
const mostLogLines = 4

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

/** The curves of a training: loss beside gradient norm and rate if there is room for both, or the measurements of training by rewards. */
function curveLines(stage: StageView, size: Size): Line[] {
  const { columns, rows } = size
  if (isPolicy(stage.scalars)) return policyLines(stage, size)
  const { series, progress } = stage
  const curve = (name: string, label: string, tone: Tone): Curve[] => {
    const own = series[name]
    return own === undefined ? [] : [{ name: label, points: pointsOf(own), tone }]
  }
  const losses = [...curve('loss', 'loss', 'first'), ...curve('validLoss', 'held-out', 'second')]
  if (losses.length === 0 || rows < 4) return []
  const until = progress?.total
  const side = [
    ['gradient norm', curve('gradientNorm', 'gradient norm', 'first')],
    ['learning rate', curve('learningRate', 'learning rate', 'first')],
  ] as const
  const small = side.filter(([, curves]) => curves.some(({ points }) => points.length > 1))
  const height = Math.floor((rows - 1) / Math.max(1, small.length))
  if (small.length === 0 || columns < bothCurves || height < smallCurve)
    return plot(losses, { width: columns, height: rows, until })
  const width = Math.floor(columns * 0.36)
  const right = small.flatMap(([label, curves]): Line[] => [
    [seg(label, 'dim')],
    ...plot(curves, { width, height: height - 1, until }),
  ])
  const left: Line[] = [[seg('loss', 'dim')], ...plot(losses, { width: columns - width - 3, height: rows - 1, until })]
  return Array.from({ length: rows }, (_, i) => besideLine(left[i] ?? [], right[i] ?? [], columns - width))
}

/** The columns that loss and the two small curves beside it need, and the rows of a small one with its title. */
const [bothCurves, smallCurve] = [80, 6]

function besideLine(left: Line, right: Line, at: number): Line {
  return [...left, { text: ' '.repeat(Math.max(0, at - widthOfLine(left))) }, ...right]
}

/** The measurements of training by rewards, each with a small curve: `reward         1.40  ▁▂▄▅▆▇▇█`. */
function policyLines({ scalars, series, progress }: StageView, { columns, rows }: Size): Line[] {
  const shown = measurements(scalars)
  const points = series.reward === undefined ? [] : pointsOf(series.reward)
  const height = rows - shown.length - 1
  const drawn =
    height < smallCurve
      ? []
      : plot([{ name: 'reward', points, tone: 'first' }], { width: columns, height, until: progress?.total })
  const named = Math.max(...shown.map(({ label }) => label.length))
  const lines = shown.map(({ name, label, value }): Line => {
    const words = `${label.padEnd(named)}  ${scalar(value).padStart(6)}  `
    const values = series[name] === undefined ? [] : pointsOf(series[name]).map((point) => point.value)
    return [
      seg(words.slice(0, named), 'dim'),
      seg(words.slice(named)),
      seg(sparkline(values, columns - words.length), 'first'),
    ]
  })
  return drawn.length === 0 ? lines : [...lines, [], ...drawn]
}
