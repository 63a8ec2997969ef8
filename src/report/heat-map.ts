/** A table of two variables of a sweep whose cells are the best metric, darker where it is better. */

import { goalOf } from '../core/kind/goal.ts'
import { type Html, html } from './html.ts'
import { figure } from './parts.ts'
import { goodness, type Variation, valuesOf, variablesOf } from './variation.ts'

/** Shades of the cells; the style sheet has a color for each. */
const shades = 6

/** The map; no text if fewer than two variables have several values. */
export function heatMap(variations: readonly Variation[], metric: string): Html {
  const [down, across] = variablesOf(variations)
  if (down === undefined || across === undefined) return html``
  const all = variations.flatMap(({ metrics }) => metrics[metric] ?? [])
  const columns = valuesOf(variations, across)
  const others = variablesOf(variations).length > 2
  const rows = valuesOf(variations, down).map((y) => {
    const cells = columns.map((x) => {
      const here = variations
        .filter(({ values }) => values[down] === y && values[across] === x)
        .map(({ name, metrics }) => ({ name, value: metrics[metric] ?? Number.NaN }))
        .filter(({ value }) => Number.isFinite(value))
      const [best] = here.toSorted((a, b) => (goalOf(metric) === 'max' ? b.value - a.value : a.value - b.value))
      if (best === undefined) return html`<td class="none">–</td>`
      const shade = Math.round((goodness(best.value, all, metric) ?? 0) * (shades - 1))
      return html`<td class="shade-${shade}">${figure(best.value, `${best.name} ${metric}`)}</td>`
    })
    return html`<tr><th scope="row">${y}</th>${cells}</tr>`
  })
  const title = `${metric.replaceAll('_', ' ')} by ${down} and ${across}${others ? ', the best of the other variables' : ''}`
  return html`<figure class="heat"><figcaption>${title}</figcaption><div class="scroll" tabindex="0" role="region" aria-label="${title}"><table><thead><tr><th scope="col">${down} ↓ ${across} →</th>${columns.map((x) => html`<th scope="col">${x}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div></figure>`
}
