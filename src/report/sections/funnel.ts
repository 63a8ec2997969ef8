/** The documents from the input files to tokens: how many each stage kept, and what each rule dropped, with samples. */

import type { DroppedByRule, Ledger, MalformedLine } from '../../core/ledger.ts'
import { partsOfDetail } from '../../core/report.ts'
import { bytes, count, plural, share } from '../../view/format.ts'
import type { ReportData, StageData } from '../data.ts'
import { histograms } from '../histograms.ts'
import { type Html, html } from '../html.ts'
import { bar, figure, type Section, stageTitle, table, textOf } from '../parts.ts'

/** Samples of a rule, and unreadable lines, that are shown. */
const mostSamples = 8

type WithLedger = StageData & { readonly ledger: Ledger }

export function funnel({ stages }: ReportData): Section | undefined {
  const counted = stages.filter(
    // Nothing is dropped where texts are compared with what was learned.
    (stage): stage is WithLedger =>
      partsOfDetail(stage.report.detail).overlap === undefined &&
      ((stage.ledger?.in.documents ?? 0) > 0 || (stage.ledger?.malformed.count ?? 0) > 0),
  )
  if (counted.length === 0) return undefined
  const most = Math.max(...counted.map(({ ledger }) => ledger.in.documents))
  const rows = counted.map((stage) => {
    const { ledger, name } = stage
    const of = (metric: string) => `${name} ${metric}`
    return [
      { shown: html`<bdi>${name}</bdi>` },
      { shown: figure(ledger.in.documents, of('ledger.in.documents')), by: ledger.in.documents },
      { shown: figure(ledger.out.documents, of('ledger.out.documents')), by: ledger.out.documents },
      { shown: share(ledger.out.documents, ledger.in.documents), by: ledger.out.documents / ledger.in.documents },
      { shown: bytes(ledger.out.bytes), by: ledger.out.bytes },
      { shown: flow(ledger, most) },
    ]
  })
  const columns = [
    { title: 'Stage' },
    { title: 'In', isNumber: true },
    { title: 'Out', isNumber: true },
    { title: 'Kept', isNumber: true },
    { title: 'Size', isNumber: true },
    { title: 'Documents' },
  ] as const
  const overview = table(columns, rows, { label: 'Documents in and out of each stage' })
  return { id: 'data', title: 'Documents', body: html`${overview}${counted.map((stage) => losses(stage, stages))}` }
}

/** Kept and lost documents as one bar, in the scale of the largest stage. */
function flow({ in: came, out }: Ledger, most: number): Html {
  const width = (documents: number) => Math.round((documents / Math.max(1, most)) * 1000) / 10
  return html`<svg class="bar flow" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="lost" width="${width(came.documents)}" height="8"/><rect class="fill" width="${width(Math.min(out.documents, came.documents))}" height="8"/></svg>`
}

/** The documents that a stage dropped, changed, cut and could not read, and the values that its rules saw; no text if there are none. */
function losses(stage: WithLedger, stages: readonly StageData[]): Html {
  const { ledger, name } = stage
  const rules = ledger.dropped.filter(({ documents }) => documents > 0).sort((a, b) => b.documents - a.documents)
  const changed = ledger.changed.filter(({ documents }) => documents > 0)
  const truncated = ledger.truncated.filter(({ documents }) => documents > 0)
  const spread = histograms(ledger, name)
  if (rules.length + changed.length + truncated.length + ledger.malformed.count === 0 && spread.markup === '')
    return html``
  const notes = [
    ...changed.map(
      ({ step, documents, note }) =>
        html`<li><bdi>${step}</bdi> changed ${plural(documents, 'documents')}${note === undefined ? '' : html` (${note})`}</li>`,
    ),
    ...truncated.map(
      ({ step, documents }) => html`<li><bdi>${step}</bdi> cut ${plural(documents, 'documents')} short</li>`,
    ),
  ]
  return html`<article>${stageTitle(stages, stage)}${rules.map((rule) => dropped(rule, ledger, name))}${
    notes.length > 0 ? html`<ul class="notes">${notes}</ul>` : ''
  }${malformed(ledger)}${spread.markup === '' ? '' : html`<h4>Values that the rules looked at</h4>${spread}`}</article>`
}

function dropped({ rule, documents, samples }: DroppedByRule, ledger: Ledger, stage: string): Html {
  const head = html`<span class="rule"><code>${rule}</code></span> <span class="amount">dropped ${figure(documents, `${stage} dropped ${rule}`)} (${share(documents, ledger.in.documents)})</span>${bar(documents / Math.max(1, ledger.in.documents), 'lost')}`
  if (samples.length === 0) return html`<div class="dropped">${head}</div>`
  return html`<details class="dropped"><summary>${head}</summary><ul class="samples">${samples
    .slice(0, mostSamples)
    .map(
      ({ id, text, value }) =>
        html`<li><small><bdi>${id}</bdi>${value === undefined ? '' : html` · ${value}`}</small>${textOf(text, 600)}</li>`,
    )}</ul></details>`
}

function malformed({ malformed: { count: lost, samples } }: Ledger): Html {
  if (lost === 0) return html``
  const line = ({ file, line: at, message }: MalformedLine) =>
    html`<li><small><bdi>${file}</bdi>:${at}</small>${textOf(message, 300)}</li>`
  return html`<details class="dropped"><summary><span class="rule">could not be read</span> <span class="amount">${count(lost)}</span></summary><ul class="samples">${samples
    .slice(0, mostSamples)
    .map(line)}</ul></details>`
}
