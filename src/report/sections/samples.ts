/** Texts that models in training wrote, over their steps: a few of the samples, from the first to the last. */

import { partsOfDetail } from '../../core/report.ts'
import { evenly } from '../../core/values/evenly.ts'
import { count, plural } from '../../view/format.ts'
import type { SampleAt } from '../../view/log/fold.ts'
import { metricToSortBy, ranked } from '../../view/variants.ts'
import type { ReportData, StageData } from '../data.ts'
import { type Html, html } from '../html.ts'
import { type Section, stageTitle } from '../parts.ts'

/** The samples of a stage that are shown. */
const most = 10

export function samples({ stages }: ReportData): Section | undefined {
  const groups = new Map<string, StageData[]>()
  for (const stage of stages) {
    const { id, kind, variant } = stage
    if (stage.rollouts.length > 0 || samplesOf(stage).length === 0) continue
    const key = variant === undefined ? `stage ${id}` : `variants of ${variant.of} ${kind}`
    groups.set(key, [...(groups.get(key) ?? []), stage])
  }
  if (groups.size === 0) return undefined
  const blocks = [...groups.values()].map((group) => {
    const stage = bestOf(group)
    const others = group.length === 1 ? undefined : `the best of ${plural(group.length, 'variants')} with samples`
    return html`<article>${stageTitle(stages, stage, others)}<ol class="samples steps">${samplesOf(stage).map(one)}</ol></article>`
  })
  return { id: 'samples', title: 'Samples', body: html`${blocks}` }
}

/** The best stage by the metric that the table of the sweep is sorted by; the first if none has a metric. */
function bestOf(group: readonly StageData[]): StageData {
  const measured = group.map((stage) => ({ stage, metrics: stage.report.metrics ?? {} }))
  return ranked(measured, metricToSortBy(measured))[0]!.stage
}

function one({ step, prompt, text }: SampleAt): Html {
  return html`<li><small>${Number.isNaN(step) ? 'at the end' : html`step ${count(step)}`}</small><span class="text" dir="auto"><span class="prompt">${shortened(prompt, 400)}</span>${shortened(text, 1_200)}</span></li>`
}

/** Samples evenly from the first to the last; the sample of the report if the log has none. */
function samplesOf({ samples: logged, report }: StageData): readonly SampleAt[] {
  const { sample } = partsOfDetail(report.detail)
  if (logged.length === 0) return sample === undefined ? [] : [{ step: Number.NaN, ...sample }]
  return evenly(logged, most)
}

function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)} …`
}
