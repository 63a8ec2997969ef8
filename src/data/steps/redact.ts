/** The step `redact`: replaces mail addresses, IP addresses and phone numbers. */

import type { Note } from '../ledger.ts'
import { type Private, redactions } from '../redact/redactions.ts'
import type { StepMaker } from './step.ts'

export const redact: StepMaker = (params, book) => {
  const what = [...new Set(params.what as unknown as readonly Private[])]
  const replacement = params.with as 'examples' | 'placeholders'
  const note: Note = ({ counts }) =>
    Object.entries(counts)
      .flatMap(([each, times]) => (times > 0 ? [`${times} ${each.replace('_', ' ')}`] : []))
      .join(', ')
  const change = book.step('redact', note, what)
  return (document) => {
    let { text } = document
    for (const each of what) {
      const done = redactions[each](text, replacement)
      text = done.text
      change.count(each, done.count)
    }
    if (text !== document.text) {
      change.documents++
      document.replaceText(text)
    }
    return true
  }
}
