/** How much of the texts that models are measured on was learned: a table for each set of texts, and the first texts that were found. */

import { type LearnedSource, type Overlap, partsOfDetail } from '../../core/report.ts'
import { percent, share } from '../../view/format.ts'
import type { ReportData } from '../data.ts'
import { type Html, html } from '../html.ts'
import { figure, type Section, stageTitle, table, textOf } from '../parts.ts'

export function contamination({ stages }: ReportData): Section | undefined {
  const blocks = stages.flatMap((stage) => {
    const { overlap } = partsOfDetail(stage.report.detail)
    if (overlap === undefined) return []
    return [
      html`<article>${stageTitle(stages, stage, stage.report.summary)}${sources(overlap, stage.name)}${examples(overlap, stage.name)}</article>`,
    ]
  })
  return blocks.length === 0 ? undefined : { id: 'contamination', title: 'Contamination', body: html`${blocks}` }
}

function sources({ all, sources: own, unknown }: Overlap, stage: string): Html {
  const row = (source: LearnedSource) => [
    { shown: html`<bdi>${source.name}</bdi>` },
    {
      shown: html`${figure(source.contaminated, `${stage} ${source.name} contaminated`)} of ${figure(source.texts, `${stage} ${source.name} texts`)}`,
      by: source.contaminated,
    },
    { shown: share(source.covered, 1), by: source.covered },
    { shown: share(source.coveredLong, 1), by: source.coveredLong },
    { shown: share(source.shared, source.texts), by: source.shared },
  ]
  const columns = [
    { title: 'Learned from' },
    { title: 'Contaminated', isNumber: true },
    { title: 'Words in 8-grams', isNumber: true },
    { title: 'In 13-grams', isNumber: true },
    { title: 'Texts with a 13-gram', isNumber: true },
  ] as const
  const rows = [...own.map(row), ...(own.length > 1 ? [row({ ...all, name: 'together' })] : [])]
  const notes = unknown.map((what) => html`<li>not compared: ${what}</li>`)
  return html`${table(columns, rows, { label: `What was learned of the texts of ${stage}` })}${notes.length === 0 ? '' : html`<ul class="notes">${notes}</ul>`}`
}

function examples({ examples: found }: Overlap, stage: string): Html {
  if (found.length === 0) return html``
  const columns = [{ title: 'Measured' }, { title: 'Words found', isNumber: true }, { title: 'Learned' }] as const
  const rows = found.map(({ id, text, covered, twin }) => [
    { shown: html`<small><bdi>${id}</bdi></small> ${textOf(text, 300)}` },
    { shown: percent(covered), by: covered },
    {
      shown:
        twin === undefined ? '' : html`<small><bdi>${twin.source}, ${twin.id}</bdi></small> ${textOf(twin.text, 300)}`,
    },
  ])
  return html`<h4>The first contaminated texts</h4>${table(columns, rows, { label: `Contaminated texts of ${stage}`, isLong: true })}`
}
