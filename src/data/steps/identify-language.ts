/** The step `identify_language`: adds the language of each document, and the probability of it, as fields. */

import { languageOf } from '../language/identify.ts'
import type { Note } from '../ledger.ts'
import { AddedFields } from './added-fields.ts'
import type { StepMaker } from './step.ts'

/** The number of languages that the ledger names. */
const shown = 12

/** `en 1,204, de 33 and 5 other languages`: the languages by their number of documents. */
const note: Note = ({ counts }) => {
  const found = Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const others = found.length - shown
  const list = found.slice(0, shown).map(([language, documents]) => `${language} ${documents.toLocaleString('en-US')}`)
  return `${list.join(', ')}${others > 0 ? ` and ${others} other languages` : ''}`
}

export const identifyLanguage: StepMaker = (params, book) => {
  const field = params.as as string
  const change = book.step('identify_language', note)
  const fields = new AddedFields('identify_language', book)
  return (document) => {
    const { language, score } = languageOf(document.text)
    fields.add(document, { [field]: language, [`${field}_score`]: score })
    change.documents++
    change.count(language)
    return true
  }
}
