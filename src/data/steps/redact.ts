/** The step `redact`: mail addresses, IP addresses and phone numbers are replaced. */

import { type Private, redactions } from '../redact/redactions.ts'
import type { StepMaker } from './step.ts'

export const redact: StepMaker = (params, book) => {
  const what = [...new Set(params.what as unknown as readonly Private[])]
  const replacement = params.with as 'examples' | 'placeholders'
  const found = Object.fromEntries(what.map((each) => [each, 0])) as Record<Private, number>
  const change = book.step('redact', () =>
    Object.entries(found)
      .flatMap(([each, times]) => (times > 0 ? [`${times} ${each.replace('_', ' ')}`] : []))
      .join(', '),
  )
  return (document) => {
    let { text } = document
    for (const each of what) {
      const done = redactions[each](text, replacement)
      text = done.text
      found[each] += done.count
    }
    if (text !== document.text) {
      change.documents++
      document.replaceText(text)
    }
    return true
  }
}
