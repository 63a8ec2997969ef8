/** The head of the page: the program, when it ran, how long, in which state, and its main results. */

import { goals } from '../../core/kind/goal.ts'
import { count, duration, plural } from '../../view/format.ts'
import type { ReportData, StageData } from '../data.ts'
import { type Html, html } from '../html.ts'
import { figure } from '../parts.ts'

/** The most results that the head shows. */
const mostResults = 6

export function header(data: ReportData): Html {
  const { program, run, startedAt, seconds, ran, cached, failed, version, machine, madeBy } = data
  const facts = [
    html`<time datetime="${new Date(startedAt).toISOString()}">${when(startedAt)} UTC</time>`,
    seconds === undefined ? undefined : html`took ${duration(seconds)}`,
    html`${count(ran)} ran, ${count(cached)} cached${failed > 0 ? html`, ${count(failed)} failed` : ''}`,
    html`llmpipe ${version}${madeBy === version ? '' : html` (page by ${madeBy})`}`,
    machine === undefined ? undefined : html`on <bdi>${machine}</bdi>`,
    html`run <code>${run}</code>`,
  ]
  return html`<header><h1><bdi>${program}</bdi> ${state(data)}</h1><p class="facts">${facts
    .filter((fact) => fact !== undefined)
    .map((fact) => html`<span>${fact}</span> `)}</p>${note(data)}${tiles(data)}</header>\n`
}

const stateWords: { readonly [S in ReportData['outcome']]: readonly [word: string, tone: string] } = {
  running: ['running', 'busy'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
  interrupted: ['interrupted', 'warn'],
  stopped: ['stopped', 'warn'],
  superseded: ['superseded', 'warn'],
  killed: ['ended without a word', 'bad'],
}

function state({ outcome }: ReportData): Html {
  const [word, tone] = stateWords[outcome]
  return html`<span class="state ${tone}">${word}</span>`
}

/** Sentences about a run that is not over, and about what the store no longer has. */
function note({ outcome, isLive = false, madeAt, stages, ran, cached, failed, notices }: ReportData): Html {
  const gone = stages.filter(({ gone }) => gone.length > 0)
  const sentences = [
    ...(outcome === 'running' && !isLive
      ? [html`The run was under way when this page was made, at ${when(madeAt)} UTC. Make the page again to see more.`]
      : []),
    ...(outcome === 'killed'
      ? ['The process of the run ended without an end of its log: it was killed, or its machine stopped.']
      : []),
    ...(outcome !== 'running' && ran === 0 && cached > 0 && failed === 0
      ? ['Nothing had to run: the figures are those of the runs that made the artefacts.']
      : []),
    ...(gone.length > 0
      ? [
          html`The store no longer has everything: ${gone
            .slice(0, 5)
            .map((stage, i) => html`${i > 0 ? '; ' : ''}<bdi>${stage.name}</bdi> lost ${stage.gone.join(' and ')}`)}${
            gone.length > 5 ? html`; and ${plural(gone.length - 5, 'stages')} more` : ''
          }. The log of the run still tells what they measured at their end.`,
        ]
      : []),
    ...notices,
  ]
  return html`${sentences.map((sentence) => html`<p class="note">${sentence}</p>`)}`
}

/** The main metric of each result of the program. */
function tiles({ stages, results }: ReportData): Html {
  const wanted = new Set(results)
  const chosen = stages.filter(
    ({ id, name, kind }) => (wanted.has(id) || wanted.has(name)) && !['expect', 'export'].includes(kind),
  )
  const shown = chosen.flatMap((stage) => mainMetric(stage) ?? [])
  // Variants stand in the table of the sweep.
  const single = shown.filter(({ stage }) => stage.variant === undefined)
  if (single.length === 0) return html``
  return html`<dl class="tiles">${single
    .slice(-mostResults)
    .map(
      ({ stage, metric, value }) =>
        html`<div><dt><bdi>${stage.name}</bdi> ${metric.replaceAll('_', ' ')}</dt><dd>${figure(value, `${stage.name} ${metric}`)}</dd></div>`,
    )}</dl>`
}

function mainMetric(stage: StageData): { stage: StageData; metric: string; value: number } | undefined {
  const { metrics = {} } = stage.report
  // The loss of a reward model says little; people ask how often it is right.
  const first = stage.kind === 'reward_model' ? ['accuracy'] : []
  const metric = [...first, ...Object.keys(goals)].find((name) => Object.hasOwn(metrics, name))
  const value = metric === undefined ? undefined : metrics[metric]
  return metric === undefined || value === undefined ? undefined : { stage, metric, value }
}

/** `2026-11-24 14:15`. */
export function when(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}
