/** Texts that models in training wrote, over their steps: a few of the samples, from the first to the last. */

import { partsOfDetail } from '../../core/report.ts'
import { count } from '../../view/format.ts'
import type { SampleAt } from '../../view/log/fold.ts'
import type { ReportData, StageData } from '../data.ts'
import { type Html, html } from '../html.ts'
import { type Section, stageTitle } from '../parts.ts'
import { hasSiblings } from './training.ts'

/** The samples of a stage that are shown. */
const most = 10

export function samples({ stages }: ReportData): Section | undefined {
  const written = stages.flatMap((stage) => {
    const found = hasSiblings(stage, stages) || stage.rollouts.length > 0 ? [] : samplesOf(stage)
    return found.length === 0 ? [] : [{ stage, found }]
  })
  if (written.length === 0) return undefined
  const blocks = written.map(
    ({ stage, found }) =>
      html`<article>${stageTitle(stages, stage)}<ol class="samples steps">${found.map(one)}</ol></article>`,
  )
  return { id: 'samples', title: 'Samples', body: html`${blocks}` }
}

function one({ step, prompt, text }: SampleAt): Html {
  return html`<li><small>${Number.isNaN(step) ? 'at the end' : html`step ${count(step)}`}</small><span class="text" dir="auto"><span class="prompt">${shortened(prompt, 400)}</span>${shortened(text, 1_200)}</span></li>`
}

/** Samples evenly from the first to the last; the sample of the report if the log has none. */
function samplesOf({ samples: logged, report }: StageData): readonly SampleAt[] {
  const { sample } = partsOfDetail(report.detail)
  if (logged.length === 0) return sample === undefined ? [] : [{ step: Number.NaN, ...sample }]
  if (logged.length <= most) return logged
  const at = (i: number) => Math.round((i * (logged.length - 1)) / (most - 1))
  return Array.from({ length: most }, (_, i) => logged[at(i)]!)
}

function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)} …`
}
