/** How far a reward model can be trusted: its confidence against its accuracy, and the scores and margins that it gives. */

import { type CalibrationBin, type DetailParts, type Distribution, partsOfDetail } from '../../core/report.ts'
import { element, escaped, text } from '../../view/charts/markup.ts'
import { count, percent, scalar } from '../../view/format.ts'
import type { ReportData } from '../data.ts'
import { type Html, html, trusted } from '../html.ts'
import { figure, type Section, stageTitle, table } from '../parts.ts'

export function reward({ stages }: ReportData): Section | undefined {
  const judged = stages.flatMap((stage) => {
    const { calibration, scores, margins } = partsOfDetail(stage.report.detail)
    return calibration === undefined && margins === undefined
      ? []
      : [{ stage, parts: { calibration, scores, margins } }]
  })
  if (judged.length === 0) return undefined
  const blocks = judged.map(
    ({ stage, parts }) =>
      html`<article>${stageTitle(stages, stage, stage.report.summary)}${drawn(parts, stage.name)}</article>`,
  )
  return { id: 'preferences', title: 'Preferences', body: html`${blocks}` }
}

type Judged = { readonly [P in 'calibration' | 'scores' | 'margins']: DetailParts[P] | undefined }

function drawn({ calibration, scores, margins }: Judged, name: string): Html {
  const spreads = [
    ...(scores === undefined ? [] : [['scores', scores] as const]),
    ...(margins === undefined ? [] : [['margins', margins] as const]),
  ]
  return html`${calibration === undefined ? '' : reliability(calibration)}${
    spreads.length === 0
      ? ''
      : table(
          ['Spread', 'Mean', 'Deviation', '5%', '25%', 'Median', '75%', '95%'].map((title, i) => ({
            title,
            ...(i === 0 ? {} : { isNumber: true as const }),
          })),
          spreads.map(([title, spread]) => [{ shown: title }, ...numbersOf(spread, `${name} ${title}`)]),
          { label: `Scores and margins of ${name}` },
        )
  }`
}

function numbersOf({ mean, deviation, quantiles }: Distribution, of: string) {
  return [mean, deviation, ...quantiles].map((value, i) => ({
    shown: figure(value, `${of} ${['mean', 'deviation'][i] ?? `quantile ${i - 2}`}`),
    by: value,
  }))
}

/** Accuracy over confidence: a calibrated model lies on the diagonal. The area of a dot tells the number of its pairs. */
function reliability(bins: readonly CalibrationBin[]): Html {
  const used = bins.filter(({ pairs }) => pairs > 0)
  if (used.length === 0) return html``
  const most = Math.max(...used.map(({ pairs }) => pairs))
  const [size, left, bottom] = [240, 44, 204]
  // Confidence begins at one half: σ(|Δ|).
  const x = (share: number) => left + (share - 0.5) * 2 * (size - left - 16)
  const y = (share: number) => bottom - share * (bottom - 16)
  const dots = used.map(({ confidence, accuracy, pairs }) => {
    const title = `sure ${percent(confidence)}, right ${percent(accuracy)}, ${count(pairs)} pairs`
    return element('circle', { cx: x(confidence), cy: y(accuracy), r: 3 + 6 * Math.sqrt(pairs / most), class: 'dot' }, [
      element('title', {}, [escaped(title)]),
    ])
  })
  const quiet = { opacity: 0.75 }
  const marks = [
    element('path', { d: `M${x(0.5)} ${y(0.5)}L${x(1)} ${y(1)}`, class: 'diagonal' }),
    element('path', { d: `M${left} 16V${bottom}H${size - 16}`, class: 'axis' }),
    ...[0, 0.5, 1].map((share) => text(percent(share), left - 6, y(share) + 4, { 'text-anchor': 'end', ...quiet })),
    ...[0.5, 1].map((share) =>
      text(percent(share), x(share), bottom + 16, { 'text-anchor': share === 1 ? 'end' : 'start', ...quiet }),
    ),
    text('confidence', (left + size - 16) / 2, bottom + 32, { 'text-anchor': 'middle', ...quiet }),
  ]
  const svg = element(
    'svg',
    {
      class: 'reliability',
      viewBox: `0 0 ${size} 240`,
      width: size,
      height: 240,
      role: 'img',
      'aria-label': 'Accuracy over confidence; the table beside it has the numbers',
    },
    [...marks, ...dots],
  )
  const rows = used.map(({ confidence, accuracy, pairs }) => [
    { shown: percent(confidence), by: confidence },
    { shown: percent(accuracy), by: accuracy },
    { shown: count(pairs), by: pairs },
  ])
  const columns = [{ title: 'Sure' }, { title: 'Right', isNumber: true }, { title: 'Pairs', isNumber: true }] as const
  const gap =
    used.reduce((sum, { confidence, accuracy, pairs }) => sum + pairs * Math.abs(confidence - accuracy), 0) /
    used.reduce((sum, { pairs }) => sum + pairs, 0)
  return html`<div class="beside"><figure><figcaption>Right, by how sure it is</figcaption>${trusted(svg)}</figure><div>${table(columns, rows, { label: 'Accuracy by confidence' })}<p class="quiet">A calibrated model lies on the line. Mean distance from it: ${scalar(gap)}.</p></div></div>`
}
