/** Parts of a stage's work, kept by the content that they were made from: see `Parts` in src/core/kind/stage.ts. */

import type { Parts } from '../core/kind/stage.ts'
import type { Json } from '../core/values/json.ts'
import { nameOf, Shelf } from './shelf.ts'

/** The parts of a store, for one stage. `scope`: its kind, version and settings, and whatever else separates them from other parts. */
export function openParts(root: string, scope: Json): Parts {
  const shelf = new Shelf(root, 'parts')
  return {
    async part(content, make) {
      const name = nameOf([scope, content])
      const found = await shelf.find(name)
      if (found !== undefined) return { ...found, reused: true }
      return { ...(await shelf.keep(name, make)), reused: false }
    },
  }
}
