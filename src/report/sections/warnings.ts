/** The warnings of the stages, equal ones counted. */

import type { ReportData } from '../data.ts'
import { html } from '../html.ts'
import { type Section, stageTitle, textOf } from '../parts.ts'

export function warnings({ stages }: ReportData): Section | undefined {
  const warned = stages.filter((stage) => stage.warnings.length > 0)
  if (warned.length === 0) return undefined
  const blocks = warned.map((stage) => {
    const times = new Map<string, number>()
    for (const warning of stage.warnings) times.set(warning, (times.get(warning) ?? 0) + 1)
    const lines = [...times].map(
      ([warning, count]) => html`<li>${textOf(warning)}${count > 1 ? html` <small>${count} times</small>` : ''}</li>`,
    )
    return html`<article>${stageTitle(stages, stage)}<ul class="notes">${lines}</ul></article>`
  })
  return { id: 'warnings', title: 'Warnings', body: html`${blocks}` }
}
