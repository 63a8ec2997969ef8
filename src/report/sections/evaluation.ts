/** Evaluations as tables with intervals, rankings of candidates, and expectations. */

import { type Comparison, type Estimate, type Mistakes, partsOfDetail, type RankingResult } from '../../core/report.ts'
import { element } from '../../view/charts/markup.ts'
import type { ReportData } from '../data.ts'
import { type Html, html, trusted } from '../html.ts'
import { figure, type Section, stageTitle, table, textOf } from '../parts.ts'

export function evaluation({ stages }: ReportData): Section | undefined {
  const blocks = stages.flatMap((stage) => {
    const { comparison, ranking } = partsOfDetail(stage.report.detail)
    const body = [
      ...(comparison === undefined || comparison.metrics.length === 0 ? [] : [compared(comparison, stage.name)]),
      ...(comparison?.mistakes === undefined ? [] : [wrong(comparison.models, comparison.mistakes, stage.name)]),
      ...(ranking === undefined ? [] : [ranked(ranking, stage.name)]),
    ]
    return body.length === 0 ? [] : [html`<article>${stageTitle(stages, stage, stage.report.summary)}${body}</article>`]
  })
  const checks = stages.filter(({ kind }) => kind === 'expect')
  if (blocks.length + checks.length === 0) return undefined
  const verdicts = checks.map(({ name, expectation = name, state, report, error, because }) => {
    const held = state === 'finished' || state === 'cached'
    const word = held ? 'holds' : state === 'failed' ? 'fails' : 'not tested'
    return html`<li class="${held ? 'good' : state === 'failed' ? 'bad' : 'idle'}"><b>${word}</b> <code>${expectation}</code> <small dir="auto">${error?.message ?? because ?? report.summary}</small></li>`
  })
  const expectations =
    verdicts.length === 0 ? '' : html`<article><h3>Expectations</h3><ul class="checks">${verdicts}</ul></article>`
  return { id: 'evaluation', title: 'Evaluation', body: html`${blocks}${expectations}` }
}

function compared({ models, metrics }: Comparison, stage: string): Html {
  const columns = [{ title: 'Metric' }, ...models.map((title) => ({ title, isNumber: true as const }))]
  const rows = metrics.map(({ name, values }) => [
    { shown: name.replaceAll('_', ' ') },
    ...values.map((estimate, i) => ({ shown: cell(estimate, values, `${stage} ${name}[${i}]`), by: estimate.value })),
  ])
  return table(columns, rows, { label: `Metrics of the models in ${stage}` })
}

/** The questions that a model answered wrong, with the answers of all. */
function wrong(models: readonly string[], { questions, shown }: Mistakes, stage: string): Html {
  const title = html`<h4>Wrong answers</h4>`
  if (questions === 0) return html`${title}<p class="quiet">No model answered a question wrong.</p>`
  const columns = [{ title: 'Question' }, { title: 'Right' }, ...models.map((model) => ({ title: model }))]
  const rows = shown.map(({ question, right, answers }) => [
    { shown: textOf(question, 400) },
    { shown: textOf(right.join(' / '), 300) },
    ...answers.map(({ text, isRight }) => ({
      shown: html`<span class="verdict ${isRight ? 'good' : 'bad'}">${isRight ? '✓ right' : '✗ wrong'}</span> ${textOf(text, 300)}`,
    })),
  ])
  const more = questions > shown.length ? `, the first ${shown.length} of them here` : ''
  return html`${title}<p class="quiet">${figure(questions, `${stage} mistakes`)} ${questions === 1 ? 'question' : 'questions'} that at least one model answered wrong${more}.</p>${table(columns, rows, { label: `Wrong answers in ${stage}`, isLong: true })}`
}

function cell(estimate: Estimate, all: readonly Estimate[], of: string): Html {
  const { value, low, high } = estimate
  if (low === undefined || high === undefined || low === high) return figure(value, of)
  const place = of.lastIndexOf('[')
  const bound = (end: 'low' | 'high') => `${of.slice(0, place)}_${end}${of.slice(place)}`
  return html`${figure(value, of)} <small class="interval">${figure(low, bound('low'))} to ${figure(high, bound('high'))}</small>${whisker(estimate, all)}`
}

/** The interval as a line in the scale of all models. */
function whisker({ value, low = value, high = value }: Estimate, all: readonly Estimate[]): Html {
  const ends = all
    .flatMap((each) => [each.value, each.low ?? each.value, each.high ?? each.value])
    .filter(Number.isFinite)
  const [from, to] = [Math.min(...ends), Math.max(...ends)]
  const x = (at: number) => Math.round((4 + (92 * (at - from)) / (to - from || 1)) * 10) / 10
  return trusted(
    element('svg', { class: 'whisker', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, [
      element('path', { d: `M${x(low)} 5H${x(high)}`, class: 'range' }),
      element('path', { d: `M${x(value)} 1V9`, class: 'middle' }),
    ]),
  )
}

function ranked({ by, rows }: RankingResult, stage: string): Html {
  return table(
    [{ title: 'Candidate' }, { title: by.replaceAll('_', ' '), isNumber: true }],
    rows.map(({ name, value }) => [
      { shown: html`<bdi>${name}</bdi>` },
      { shown: figure(value, `${stage} ranking ${name}`), by: value },
    ]),
    { label: `Candidates of ${stage}, the best first` },
  )
}
