/** Sweeps: the variants of a stage as a table, as curves over each other, as a heat map of two variables, and as parallel coordinates. */

import { acrossCurves, type BandPoint } from '../../view/charts/band.ts'
import type { BandCurve } from '../../view/charts/svg.ts'
import { duration, plural } from '../../view/format.ts'
import { namedMetrics } from '../../view/report-detail.ts'
import { metricToSortBy, ranked } from '../../view/variants.ts'
import { chartFigure, toneAt } from '../charts.ts'
import type { ReportData, StageData } from '../data.ts'
import { heatMap } from '../heat-map.ts'
import { type Html, html } from '../html.ts'
import { parallelCoordinates } from '../parallel.ts'
import { figure, type Section, table } from '../parts.ts'
import type { Variation } from '../variation.ts'
import { hasSiblings, inWords } from './training.ts'

/** The curves that can be told apart in one chart. */
const mostCurves = 8

export function sweep({ stages }: ReportData): Section | undefined {
  const groups = sweptGroups(stages)
  if (groups.length === 0) return undefined
  return { id: 'sweep', title: 'Sweep', body: html`${groups.map((group, i) => sweepOf(group, i))}` }
}

/** The variants of each stage that trains in a `for`. */
function sweptGroups(stages: readonly StageData[]): readonly (readonly StageData[])[] {
  const groups = new Map<string, StageData[]>()
  for (const stage of stages) {
    if (stage.variant === undefined || !isSwept(stage, stages)) continue
    const key = `${stage.variant.of} ${stage.kind}`
    groups.set(key, [...(groups.get(key) ?? []), stage])
  }
  return [...groups.values()].filter(({ length }) => length > 1)
}

function isSwept(stage: StageData, stages: readonly StageData[]): boolean {
  const makesModel = stage.outputs.some(({ kind }) => kind === 'Weights' || kind === 'Reward')
  return makesModel || hasSiblings(stage, stages)
}

function sweepOf(group: readonly StageData[], at: number): Html {
  const variations = group.map(
    (stage): Variation => ({
      name: stage.name,
      of: stage.variant?.of ?? stage.name,
      values: stage.variant?.values ?? {},
      metrics: namedMetrics(stage.report),
      ...(stage.seconds === undefined ? {} : { seconds: stage.seconds }),
      note: stage.error?.message ?? stage.because ?? (stage.report.metrics === undefined ? stage.state : ''),
      points: [],
    }),
  )
  const by = metricToSortBy(variations)
  const sorted = ranked(variations, by)
  const [first] = group
  return html`<article><h3><bdi>${first?.variant?.of}</bdi> <small>${first?.kind} · ${plural(group.length, 'variants')}${by === undefined ? '' : html`, the best by ${by.replaceAll('_', ' ')} first`}</small></h3>${tableOf(sorted, by)}${
    by === undefined ? '' : html`<div class="charts">${heatMap(sorted, by)}${parallelCoordinates(sorted, by)}</div>`
  }<div class="charts">${curvesOf(group, sorted, `sweep-${at + 1}`)}</div></article>`
}

function tableOf(sorted: readonly Variation[], by: string | undefined): Html {
  const variables = [...new Set(sorted.flatMap(({ values }) => Object.keys(values)))]
  const names = [...new Set(sorted.flatMap(({ metrics }) => Object.keys(metrics)))]
  const metrics = [...(by === undefined ? [] : [by]), ...names.filter((name) => name !== by)]
  const hasNotes = sorted.some(({ note }) => note !== '')
  const columns = [
    ...variables.map((title) => ({ title })),
    ...metrics.map((name) => ({ title: name.replaceAll('_', ' '), isNumber: true as const })),
    { title: 'took', isNumber: true as const },
    ...(hasNotes ? [{ title: 'note' }] : []),
  ]
  const rows = sorted.map(({ name, values, metrics: own, seconds, note }) => [
    ...variables.map((variable) => {
      const value = values[variable] ?? ''
      return { shown: value, ...(value !== '' && Number.isFinite(Number(value)) ? { by: Number(value) } : {}) }
    }),
    ...metrics.map((metric) => {
      const value = own[metric]
      return value === undefined ? { shown: '' } : { shown: figure(value, `${name} ${metric}`), by: value }
    }),
    seconds === undefined ? { shown: '' } : { shown: duration(seconds), by: seconds },
    ...(hasNotes ? [{ shown: note }] : []),
  ])
  return table(columns, rows, { label: 'Variants', isLong: true })
}

/** The curves of the best variants over each other. Variants that differ only in their seed are one curve: the mean, with a band. */
function curvesOf(group: readonly StageData[], sorted: readonly Variation[], id: string): Html[] {
  const place = new Map(sorted.map(({ name }, i) => [name, i]))
  const inRank = group.toSorted((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0))
  const bundles = new Map<string, StageData[]>()
  for (const stage of inRank) {
    const key = withoutSeed(stage)
    bundles.set(key, [...(bundles.get(key) ?? []), stage])
  }
  const shown = ['reward', 'loss', 'validLoss', 'kl', 'gradientNorm', 'learningRate']
  return shown.flatMap((scalar, n): Html[] => {
    const curves = [...bundles].flatMap(([name, own]): BandCurve[] => {
      const found = own.flatMap(({ curves }) => (curves[scalar] === undefined ? [] : [curves[scalar]]))
      const points: readonly BandPoint[] = found.length > 1 ? acrossCurves(found) : (found[0] ?? [])
      return points.length === 0 ? [] : [{ name: name === '' ? 'all seeds' : name, points, tone: 'first' }]
    })
    if (curves.every(({ points }) => points.length < 2)) return []
    const best = curves.slice(0, mostCurves).map((curve, i) => ({ ...curve, tone: toneAt(i) }))
    const title = `${inWords(scalar)}${curves.length > mostCurves ? ` of the best ${mostCurves} of ${curves.length}` : ''}`
    return [
      chartFigure({ title, curves: best, ...(n < 2 ? { isTall: true } : { isUnnamed: true }) }, `${id}-chart-${n + 1}`),
    ]
  })
}

/** `lr=3e-4, layers=2`, without the seed. */
function withoutSeed({ variant }: StageData): string {
  return Object.entries(variant?.values ?? {})
    .filter(([name]) => name !== 'seed')
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}
