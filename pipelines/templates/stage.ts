import { defineStep } from 'llmpipe'

/** A step is called for each document, and returns the new one, or `undefined` to drop it. */
export const without_quotes = defineStep({
  summary: 'Removes quotation marks, and drops paragraphs with many of them.',
  settings: {
    most: { type: 'integer', minimum: 0, default: 4, description: 'Paragraphs with more quotation marks are dropped.' },
  },
  map(doc, { most }) {
    const marks = doc.text.match(/["“”]/g) ?? []
    if (marks.length > most) return undefined
    return { ...doc, text: doc.text.replace(/["“”]/g, '') }
  },
})
