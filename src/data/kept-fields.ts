/** Notices names in `keep_fields` that no document has. */

import type { Document } from './document.ts'
import type { LedgerBook } from './ledger.ts'

/** Every document has these fields. */
const always = ['id', 'text']

/**
 * Returns a function that looks at documents; the run warns of names that it never saw. `isWhole`: whether the documents still have their other
 * fields, which the warning then lists.
 */
export function noticeAbsent(
  step: string,
  names: readonly string[] | undefined,
  book: LedgerBook,
  isWhole: boolean,
): (document: Document) => void {
  const wanted = (names ?? []).filter((name) => !always.includes(name))
  if (wanted.length === 0) return () => {}
  const seen = book.step(step, undefined, wanted, 'warns of absent names')
  const missing = new Set(wanted)
  return ({ fields }) => {
    seen.first ??= isWhole ? ` The first has ${Object.keys(fields).join(', ') || 'no fields'}.` : ''
    if (missing.size === 0) return
    for (const name of missing)
      if (Object.hasOwn(fields, name)) {
        seen.count(name)
        missing.delete(name)
      }
  }
}
