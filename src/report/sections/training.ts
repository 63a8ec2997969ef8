/** The curves of every training: loss first, then what tells whether it was healthy. Of training by rewards: reward, KL, length, entropy. */

import type { BandPoint } from '../../view/charts/band.ts'
import type { BandCurve } from '../../view/charts/svg.ts'
import { namedMetrics } from '../../view/report-detail.ts'
import { type ChartOf, chartFigure, toneAt } from '../charts.ts'
import type { ReportData, StageData } from '../data.ts'
import { type Html, html } from '../html.ts'
import { anchor, figure, type Section, stageTitle } from '../parts.ts'

/** Scalars by name, with the label of their curve. */
type Labels = Readonly<Record<string, string>>

interface Chart {
  readonly title: string
  readonly scalars: Labels
  readonly isTall?: true
}

/** Charts in the order in which people look at them. A scalar that none of them names has a chart of its own. */
const charts: readonly Chart[] = [
  { title: 'Reward', scalars: { reward: 'reward' }, isTall: true },
  { title: 'Loss', scalars: { loss: 'loss', validLoss: 'held-out' }, isTall: true },
  { title: 'KL, nats an answer', scalars: { kl: 'KL' } },
  { title: 'Length, tokens an answer', scalars: { length: 'length' } },
  { title: 'Entropy, nats a token', scalars: { entropy: 'entropy' } },
  { title: 'Learning rate', scalars: { learningRate: 'rate' } },
  { title: 'Gradient norm', scalars: { gradientNorm: 'norm' } },
]

/** Charts of scalars that each source of a mixture has: `loss[web]`. */
const ofSources: Labels = { loss: 'Loss of each source', tokens: 'Tokens of each source' }

/** Shown last: it tells of the machine, and not of the model. */
const last: Labels = { tokensPerSecond: 'Tokens per second' }

export function training({ stages }: ReportData): Section | undefined {
  const trained = stages.filter((stage) => isTraining(stage) && !hasSiblings(stage, stages))
  if (trained.length === 0) return undefined
  return { id: 'training', title: 'Training', body: html`${trained.map((stage) => trainingOf(stage, stages))}` }
}

/** Whether the stage measured something besides its speed. */
export function isTraining({ curves }: StageData): boolean {
  return Object.entries(curves).some(([name, points]) => points.length > 1 && last[name] === undefined)
}

/** Whether other variants of the stage trained too: they are drawn together. */
export function hasSiblings(stage: StageData, stages: readonly StageData[]): boolean {
  const { variant, kind } = stage
  return (
    variant !== undefined &&
    stages.some(
      (other) => other !== stage && other.kind === kind && other.variant?.of === variant.of && isTraining(other),
    )
  )
}

function trainingOf(stage: StageData, stages: readonly StageData[]): Html {
  const id = `${anchor(stages, stage)}-chart`
  const figures = chartsOf(stage).map((chart, i) => chartFigure(chartOf(stage.curves, chart), `${id}-${i + 1}`))
  return html`<article>${stageTitle(stages, stage, stage.progress ?? stage.report.summary)}${finals(stage)}<div class="charts">${figures}</div></article>`
}

/** The charts that a stage has values for. Where a stage learns from rewards, its loss is not the chart to look at. */
function chartsOf({ curves }: StageData): readonly Chart[] {
  const has = (name: string) => (curves[name]?.length ?? 0) > 1
  const known = charts.filter(({ scalars }) => Object.keys(scalars).some(has))
  const named = new Set([...charts.flatMap(({ scalars }) => Object.keys(scalars)), ...Object.keys(last)])
  const bySource = Object.entries(ofSources).flatMap(([name, title]): Chart[] => {
    const scalars = Object.keys(curves).filter((each) => has(each) && each.startsWith(`${name}[`))
    for (const each of scalars) named.add(each)
    const labels = scalars.map((each) => [each, each.slice(name.length + 1, -1)] as const)
    return scalars.length === 0 ? [] : [{ title, scalars: Object.fromEntries(labels) }]
  })
  const others = Object.keys(curves).filter((name) => has(name) && !named.has(name))
  const isPolicy = has('reward')
  return [
    ...known.map(
      (chart): Chart => (isPolicy && chart.title === 'Loss' ? { title: 'Loss', scalars: chart.scalars } : chart),
    ),
    ...bySource,
    ...others.map((name): Chart => ({ title: inWords(name), scalars: { [name]: inWords(name).toLowerCase() } })),
    ...Object.keys(last).flatMap((name): Chart[] =>
      has(name) ? [{ title: last[name]!, scalars: { [name]: 'speed' } }] : [],
    ),
  ]
}

/** A chart of the curves that a stage has. A single curve is named by the title. */
function chartOf(measured: StageData['curves'], { title, scalars, isTall }: Chart): ChartOf {
  const curves = curvesOf(measured, scalars)
  return { title, curves, ...(isTall ? { isTall } : {}), isUnnamed: curves.length === 1 }
}

function curvesOf(curves: Readonly<Record<string, readonly BandPoint[]>>, scalars: Labels): readonly BandCurve[] {
  return Object.entries(scalars).flatMap(([scalar, name], i) => {
    const points = curves[scalar]
    return points === undefined || points.length === 0 ? [] : [{ name, points, tone: toneAt(i) }]
  })
}

/** `Clip fraction` for `clipFraction`. */
export function inWords(name: string): string {
  const words = name.replace(/_/g, ' ').replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The metrics of its report as a list. */
export function finals({ name, report }: StageData): Html {
  const metrics = Object.entries(namedMetrics(report))
  if (metrics.length === 0) return html``
  return html`<dl class="metrics">${metrics.map(
    ([metric, value]) =>
      html`<div><dt>${metric.replaceAll('_', ' ')}</dt><dd>${figure(value, `${name} ${metric}`)}</dd></div>`,
  )}</dl>`
}
