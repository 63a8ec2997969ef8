/** The shelves of a store (parts of passes, states of trainings) in words and sums. */

import type { StoredEntry } from '../../../store/care/inventory.ts'
import type { ShelfName } from '../../../store/shelf.ts'

export const shelfWords: Readonly<Record<ShelfName, string>> = {
  parts: 'parts of passes',
  states: 'states of trainings',
}

/** How many entries each shelf has, and their bytes. */
export function sumsOf(entries: readonly StoredEntry[]) {
  return (Object.keys(shelfWords) as ShelfName[]).map((shelf) => {
    const own = entries.filter((each) => each.shelf === shelf)
    return { shelf, count: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) }
  })
}
