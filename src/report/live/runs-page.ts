/** The runs of a program side by side: a table of all, and the curves of the latest over each other. */

import type { BandPoint } from '../../view/charts/band.ts'
import { count, duration, plural } from '../../view/format.ts'
import type { RunSummary } from '../../view/log/summary.ts'
import { chartFigure, toneAt } from '../charts.ts'
import { type Html, html } from '../html.ts'
import { figure, type Section, table } from '../parts.ts'
import { when } from '../sections/header.ts'
import { inWords } from '../sections/training.ts'
import { type LiveShell, linkTo, livePage } from './shell.ts'

export interface RunRow extends Omit<RunSummary, 'process' | 'result' | 'stages'> {
  /** The final metrics that count most, by `stage metric`. */
  readonly results: Readonly<Record<string, number>>
}

/** The curves of one scalar of a stage in several runs. */
export interface ComparedCurves {
  readonly stage: string
  readonly scalar: string
  readonly curves: readonly { readonly name: string; readonly points: readonly BandPoint[] }[]
}

export interface RunsData {
  readonly title: string
  /** The newest first. */
  readonly runs: readonly RunRow[]
  /** The number of all runs. */
  readonly all: number
  /** The number of the page and of all pages, from 1, and that of its first run. */
  readonly page: number
  readonly pages: number
  readonly first: number
  readonly compared: readonly ComparedCurves[]
}

/** Columns of metrics that a table has room for. */
const mostMetrics = 6

export function runsPage(data: RunsData, shell: Pick<LiveShell, 'token' | 'state' | 'stamp' | 'rankings'>): string {
  const { title, runs, all } = data
  const head = html`<header><h1><bdi>${title}</bdi></h1><p class="facts"><span>${plural(all, 'runs')}</span></p>${pager(data, shell.token)}</header>\n`
  const sections = [runsTable(runs, shell.token), ...comparison(data.compared)]
  return livePage({ ...shell, title: `Runs of ${title}`, view: '/runs' }, head, sections)
}

/** Links to the pages around; empty if there is one page only. Older runs are on later pages. */
function pager({ runs, all, page, pages, first }: RunsData, token: string): Html | string {
  if (pages === 1) return ''
  const link = (to: number, text: string, rel: string) =>
    to < 1 || to > pages
      ? ''
      : html`<span><a rel="${rel}" href="${linkTo('/runs', token, to === 1 ? '' : `&page=${to}`)}">${text}</a></span>`
  const shown = `${count(first)} to ${count(first + runs.length - 1)} of ${count(all)}`
  return html`<p class="facts" role="navigation" aria-label="Pages of runs"><span>${shown}</span>${link(page - 1, 'Newer runs', 'prev')}${link(page + 1, 'Older runs', 'next')}</p>`
}

function runsTable(runs: readonly RunRow[], token: string): Section {
  const several = new Set(runs.map(({ program }) => program)).size > 1
  const hasOptions = runs.some(({ options }) => options !== '')
  const metrics = [...new Set(runs.flatMap(({ results }) => Object.keys(results)))].slice(0, mostMetrics)
  const columns = [
    { title: 'Started, UTC' },
    ...(several ? [{ title: 'Program' }] : []),
    { title: 'Outcome' },
    ...(hasOptions ? [{ title: 'Options' }] : []),
    ...['Took', 'Ran', 'Cached'].map((name) => ({ title: name, isNumber: true as const })),
    ...metrics.map((name) => ({ title: name.replaceAll('_', ' '), isNumber: true as const })),
  ]
  const rows = runs.map(({ run, program, options, startedAt, seconds, outcome, ran, cached, failed, results }) => [
    {
      shown: html`<a href="${linkTo('/', token, `&run=${encodeURIComponent(run)}`)}">${when(startedAt)}</a> <small><code>${run.slice(-6)}</code></small>`,
      by: startedAt,
    },
    ...(several ? [{ shown: html`<bdi>${program}</bdi>` }] : []),
    { shown: failed > 0 ? `${outcome}, ${failed} failed` : outcome },
    ...(hasOptions ? [{ shown: html`<code>${options}</code>` }] : []),
    seconds === undefined ? { shown: '' } : { shown: duration(seconds), by: seconds },
    { shown: String(ran), by: ran },
    { shown: String(cached), by: cached },
    ...metrics.map((metric) => {
      const value = results[metric]
      return value === undefined ? { shown: '' } : { shown: figure(value, `${run} ${metric}`), by: value }
    }),
  ])
  return {
    id: 'runs',
    title: 'Runs',
    body: table(columns, rows, { label: 'Runs with their outcomes and metrics', isLong: true }),
  }
}

function comparison(compared: readonly ComparedCurves[]): readonly Section[] {
  if (compared.length === 0) return []
  const charts = compared.map(({ stage, scalar, curves }, i) =>
    chartFigure(
      {
        title: `${stage}: ${inWords(scalar).toLowerCase()}`,
        curves: curves.map(({ name, points }, n) => ({ name, points, tone: toneAt(n) })),
        isTall: i === 0,
      },
      `compared-${i + 1}`,
    ),
  )
  const body = html`<p class="quiet">Trainings whose settings or inputs differ between the latest runs. A training that a run took from the cache is drawn once.</p><div class="charts">${charts}</div>`
  return [{ id: 'compared', title: 'Curves of several runs', body }]
}
