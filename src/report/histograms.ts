/** Histograms of the values that the rules of a stage looked at, with the limits of the rules. */

import type { Ledger, MetricHistogram } from '../core/ledger.ts'
import { element, escaped, text } from '../view/charts/markup.ts'
import { plural, scalar } from '../view/format.ts'
import { type Html, html, trusted } from './html.ts'
import { figure } from './parts.ts'

const [width, height, left, right, top, bottom] = [240, 116, 10, 230, 22, 92]

/** The histograms of all rules; no text if no rule has any. */
export function histograms({ dropped }: Pick<Ledger, 'dropped'>, stage: string): Html {
  const drawn = dropped.flatMap(({ rule, seen = [] }) =>
    seen
      .filter(({ bins }) => bins.length > 0)
      .map((histogram) => {
        const { metric } = histogram
        const documents = documentsIn(histogram)
        return html`<figure class="histogram"><figcaption><span><b>${metric}</b> <span class="rule">${rule}</span></span></figcaption>${trusted(svg(histogram))}<p>${figure(documents, `${stage} seen ${rule} ${metric}`)} documents, half of them below ${scalar(medianOf(histogram))}</p></figure>`
      }),
  )
  return drawn.length === 0 ? html`` : html`<div class="histograms">${drawn}</div>`
}

function documentsIn({ bins }: MetricHistogram): number {
  return bins.reduce((sum, [, , documents]) => sum + documents, 0)
}

/** The upper edge of the bin that has the median. */
function medianOf(histogram: MetricHistogram): number {
  let left = documentsIn(histogram) / 2
  for (const [, to, documents] of histogram.bins) {
    left -= documents
    if (left <= 0) return to
  }
  return Number.NaN
}

/** Values as lengths on the axis: their logarithm if they are spread over several orders of magnitude, so that small and large ones can be told apart. */
function lengthOf(values: readonly number[]): (value: number) => number {
  return Math.max(...values.map(Math.abs)) <= 2
    ? (value) => value
    : (value) => Math.sign(value) * Math.log1p(Math.abs(value))
}

function svg({ metric, limits, bins }: MetricHistogram): string {
  const ends = [...bins.map(([from]) => from), ...bins.map(([, to]) => to), ...limits]
  const length = lengthOf(ends)
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const x = (value: number) =>
    left + ((right - left) * (length(value) - length(low))) / (length(high) - length(low) || 1)
  const most = Math.max(...bins.map(([, , documents]) => documents))
  const bars = bins.map(([from, to, documents]) => {
    const tall = Math.max(1, ((bottom - top) * documents) / most)
    const across = Math.max(1, x(to) - x(from) - 0.5)
    return element('rect', { x: x(from), y: bottom - tall, width: across, height: tall, class: 'bin' }, [
      element('title', {}, [escaped(`${scalar(from)} to ${scalar(to)}: ${plural(documents, 'documents')}`)]),
    ])
  })
  const lines = limits.flatMap((limit) => [
    element('path', { d: `M${x(limit)} ${top - 6}V${bottom}`, class: 'limit' }),
    text(scalar(limit), x(limit), top - 9, { 'text-anchor': anchorAt(x(limit)), class: 'limit-name' }),
  ])
  const axis = [
    element('path', { d: `M${left} ${bottom}H${right}`, class: 'axis' }),
    text(scalar(low), left, bottom + 15, { opacity: 0.75 }),
    text(scalar(high), right, bottom + 15, { 'text-anchor': 'end', opacity: 0.75 }),
  ]
  const described = `Histogram of ${metric} from ${scalar(low)} to ${scalar(high)}${limits.length === 0 ? '' : `, limits ${limits.map((limit) => scalar(limit)).join(' and ')}`}`
  return element(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': described,
      'font-size': 11,
      fill: 'currentColor',
    },
    [...bars, ...axis, ...lines],
  )
}

/** The names of limits near an edge grow away from it. */
function anchorAt(x: number): 'start' | 'middle' | 'end' {
  if (x < left + 24) return 'start'
  return x > right - 24 ? 'end' : 'middle'
}
