/** Tokenizers and encoded documents: tokens, and their fertility in bytes a token. */

import type { ReportData, StageData } from '../data.ts'
import { html } from '../html.ts'
import { bar, figure, type Section, table } from '../parts.ts'

export function tokens({ stages }: ReportData): Section | undefined {
  const encoded = stages.filter(({ report }) => report.metrics?.bytes_per_token !== undefined)
  const made = stages.filter(({ outputs }) => outputs.some(({ kind }) => kind === 'Tokenizer'))
  if (encoded.length + made.length === 0) return undefined
  const metric = ({ name, report }: StageData, of: string) => {
    const value = report.metrics?.[of]
    return value === undefined ? { shown: '' } : { shown: figure(value, `${name} ${of}`), by: value }
  }
  const most = Math.max(...encoded.map(({ report }) => report.metrics?.bytes_per_token ?? 0))
  const fertility = table(
    [
      { title: 'Stage' },
      { title: 'Tokens', isNumber: true },
      { title: 'Documents', isNumber: true },
      { title: 'Bytes', isNumber: true },
      { title: 'Bytes a token', isNumber: true },
      { title: 'Fertility' },
      { title: 'Unknown', isNumber: true },
    ],
    encoded.map((stage) => [
      { shown: html`<bdi>${stage.name}</bdi>` },
      metric(stage, 'tokens'),
      metric(stage, 'documents'),
      metric(stage, 'bytes'),
      metric(stage, 'bytes_per_token'),
      { shown: bar((stage.report.metrics?.bytes_per_token ?? 0) / most) },
      metric(stage, 'unknown'),
    ]),
    { label: 'Tokens of each stage' },
  )
  const tokenizers = made.map(
    ({ name, kind, report }) => html`<li><bdi>${name}</bdi> <small>${kind}</small> ${report.summary}</li>`,
  )
  return {
    id: 'tokens',
    title: 'Tokens',
    body: html`${tokenizers.length > 0 ? html`<ul class="notes">${tokenizers}</ul>` : ''}${encoded.length > 0 ? fertility : ''}`,
  }
}
