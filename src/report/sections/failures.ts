/** The stages that failed: the error, the way out, and the end of the log. The root cause comes first, and what it stopped is counted. */

import { duration, plural } from '../../view/format.ts'
import type { ReportData } from '../data.ts'
import { html } from '../html.ts'
import { type Section, stageTitle } from '../parts.ts'

/** Failures that are shown in full. */
const mostFailures = 12

export function failures({ stages }: ReportData): Section | undefined {
  const failed = stages.filter(({ error }) => error !== undefined)
  if (failed.length === 0) return undefined
  const skipped = stages.filter(({ state }) => state === 'skipped')
  const blocks = failed.slice(0, mostFailures).map((stage) => {
    const { error, seconds, place, logTail } = stage
    const detail = logTail.length > 0 ? logTail.join('\n') : (error?.detail ?? '')
    return html`<article class="failure">${stageTitle(stages, stage, html`${place}${seconds === undefined ? '' : html` · after ${duration(seconds)}`}`)}<p class="message"><code>${error?.code}</code> <span class="text" dir="auto">${error?.message}</span></p>${
      error?.help === undefined ? '' : html`<p class="help text" dir="auto">${error.help}</p>`
    }${detail === '' ? '' : html`<pre tabindex="0" role="region" aria-label="The end of the log of ${stage.name}"><bdi>${detail}</bdi></pre>`}</article>`
  })
  const more =
    failed.length > mostFailures
      ? html`<p class="quiet">and ${plural(failed.length - mostFailures, 'stages')} more, which the graph and the list of every stage show.</p>`
      : ''
  const rest =
    skipped.length === 0
      ? ''
      : html`<p class="quiet">${plural(skipped.length, 'stages')} did not start: ${skipped
          .slice(0, 20)
          .map(
            ({ name, because }, i) =>
              html`${i > 0 ? ', ' : ''}<bdi>${name}</bdi>${because === undefined ? '' : html` (${because})`}`,
          )}${skipped.length > 20 ? ', …' : ''}</p>`
  return { id: 'failures', title: 'What failed', body: html`${blocks}${more}${rest}` }
}
