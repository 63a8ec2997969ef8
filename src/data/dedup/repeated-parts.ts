/**
 * Removes lines or paragraphs that occurred before, in any document: the boilerplate of a site and passages that many pages quote (Wenzek et al. 2020,
 * "CCNet", section 3.1, which compares paragraphs).
 */

import { wordsOf } from '../overlap/words.ts'
import { Digests } from './digests.ts'
import { exactDigest } from './exact.ts'

export type PartKind = 'lines' | 'paragraphs'

const separators: Readonly<Record<PartKind, { readonly split: RegExp; readonly join: string }>> = {
  lines: { split: /\n/, join: '\n' },
  paragraphs: { split: /\n\s*\n/, join: '\n\n' },
}

/** A text without its repeated parts, their number, and the first of them. */
export interface Reduced {
  readonly text: string
  readonly removed: number
  readonly first: string | undefined
}

export class RepeatedParts {
  readonly #digests = new Digests()
  readonly #kind: PartKind
  readonly #leastWords: number

  /** Parts of fewer than `leastWords` words stay. */
  constructor(kind: PartKind, leastWords: number) {
    this.#kind = kind
    this.#leastWords = leastWords
  }

  /** Removes the parts of a text that occurred before, in this text or an earlier one, and remembers the others. */
  reduce(text: string): Reduced {
    const { split, join } = separators[this.#kind]
    const kept: string[] = []
    let removed = 0
    let first: string | undefined
    for (const part of text.split(split)) {
      if (this.#isNew(part)) kept.push(part)
      else {
        removed++
        first ??= part.trim()
      }
    }
    if (removed === 0) return { text, removed, first }
    // Blank lines around removed lines would pile up.
    return {
      text: kept
        .join(join)
        .replace(/\n(?:[^\S\n]*\n){2,}/g, '\n\n')
        .trim(),
      removed,
      first,
    }
  }

  #isNew(part: string): boolean {
    if (part.trim() === '' || wordsOf(part).length < this.#leastWords) return true
    return this.#digests.add(exactDigest(part))
  }
}
