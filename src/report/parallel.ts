/** Parallel coordinates: an axis for each variable of a sweep and one for the metric, and a line for each variant; the best is drawn last. */

import { element, escaped, text } from '../view/charts/markup.ts'
import { scalar } from '../view/format.ts'
import { cut } from '../view/line.ts'
import { type Html, html, trusted } from './html.ts'
import { goodness, type Variation, valuesOf, variablesOf } from './variation.ts'

const [width, height, top, bottom] = [420, 250, 44, 226]

/** The drawing; no text if there is no variable with several values, or fewer than two variants have the metric. */
export function parallelCoordinates(variations: readonly Variation[], metric: string): Html {
  const measured = variations.filter(({ metrics }) => Number.isFinite(metrics[metric]))
  const variables = variablesOf(measured)
  if (variables.length === 0 || measured.length < 2) return html``
  const all = measured.map(({ metrics }) => metrics[metric]!)
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const x = (axis: number) => 48 + (axis * (width - 96)) / variables.length
  const y = (share: number) => bottom - share * (bottom - top)
  const heightOf = (variable: string, value: string) => {
    const values = valuesOf(measured, variable)
    return y(values.length === 1 ? 0.5 : values.indexOf(value) / (values.length - 1))
  }
  const axes = [...variables, metric].flatMap((name, axis) => {
    const ticks =
      axis < variables.length
        ? valuesOf(measured, name).map((value) => [value, heightOf(name, value)] as const)
        : [[scalar(low), y(0)] as const, [scalar(high), y(1)] as const]
    const anchor = axis === variables.length ? 'start' : 'end'
    const aside = axis === variables.length ? 8 : -8
    return [
      element('path', { d: `M${x(axis)} ${top}V${bottom}`, class: 'axis' }),
      text(cut(name.replaceAll('_', ' '), 14), x(axis), 22, { 'text-anchor': 'middle', 'font-weight': 600 }),
      ...(ticks.length > 12 ? [] : ticks).map(([label, at]) =>
        text(cut(label, 8), x(axis) + aside, at + 4, { 'text-anchor': anchor, opacity: 0.75 }),
      ),
    ]
  })
  // The best comes first in the list, so it is drawn last.
  const lines = measured.toReversed().map(({ name, values, metrics }) => {
    const value = metrics[metric]!
    const points = [
      ...variables.map((variable, axis) => `${x(axis)} ${heightOf(variable, values[variable] ?? '')}`),
      `${x(variables.length)} ${y(high === low ? 0.5 : (value - low) / (high - low))}`,
    ]
    const shade = Math.round((goodness(value, all, metric) ?? 0) * 5)
    return element('path', { d: `M${points.join('L')}`, class: `line-${shade}` }, [
      element('title', {}, [escaped(`${name}: ${metric} ${scalar(value)}`)]),
    ])
  })
  const frame = {
    class: 'parallel',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'aria-label': 'Variants as lines over their values; the table above has the numbers',
    'font-size': 12,
    fill: 'currentColor',
  }
  return html`<figure class="parallel"><figcaption>Values and ${metric.replaceAll('_', ' ')}</figcaption>${trusted(element('svg', frame, [...axes, ...lines]))}</figure>`
}
