/** Counts stop words by language, for Gopher's rule that a text in prose has at least two of them (Rae et al. 2021, section A1.1). */

import { StageError } from '../../core/failure.ts'
import { classOf, WORD } from '../metrics/characters.ts'
import { unitsOf } from '../units.ts'
import lists from './stop-words.json' with { type: 'json' }

/** The stop words of a language, in lower case. */
interface StopWords {
  readonly words: ReadonlySet<string>
  /** The length of the longest, in UTF-16 units. */
  readonly longest: number
  /** Whether a word that begins with a unit can be a stop word: 1 if so, 2 if not, 0 if it has not been computed yet. */
  readonly begins: Uint8Array
}

const sets = new Map<string, StopWords>()

const underscore = 95

/**
 * The number of different stop words of a language in a text that has spaces between its words (`separateWords`). Lists are those of FineWeb 2, English
 * that of Gopher. Throws a StageError for a language that has no list; `document` returns the id of the document that has the language as a field.
 */
export function stopWordsIn(text: string, language: string, document?: () => string): number {
  const list = listOf(language, document)
  const { words, longest } = list
  const codes = unitsOf(text)
  const end = text.length
  const found = new Set<string>()
  for (let at = 0; at < end; at++) {
    const start = at
    for (; at < end; at++) {
      const code = codes[at]!
      const isPair = (code & 0xfc00) === 0xd800 && (codes[at + 1]! & 0xfc00) === 0xdc00
      const bits = classOf(isPair ? text.codePointAt(at)! : code)
      if ((bits & WORD) === 0 && code !== underscore) break
      if (isPair) at++
    }
    // No text becomes shorter in lower case.
    if (at === start || at - start > longest || !canBegin(list, codes[start]!)) continue
    const lower = text.slice(start, at).toLowerCase()
    if (!words.has(lower)) continue
    found.add(lower)
    if (found.size === words.size) break
  }
  return found.size
}

function canBegin({ words, begins }: StopWords, unit: number): boolean {
  if (begins[unit] === 0) {
    const [first = ''] = String.fromCharCode(unit).toLowerCase()
    begins[unit] = [...words].some((word) => word.startsWith(first) || word.charCodeAt(0) === unit) ? 1 : 2
  }
  return begins[unit] === 1
}

function listOf(language: string, document?: () => string): StopWords {
  const known = sets.get(language)
  if (known !== undefined) return known
  if (!Object.hasOwn(lists, language))
    throw new StageError(
      'no-stop-words',
      `there is no list of stop words for the language ${JSON.stringify(language)}${document === undefined ? '' : ` of the document ${document()}`}`,
      `Keep documents of languages that have one before: keep(where: language in ["en", "de"]). They are ${Object.keys(lists).join(', ')}.`,
    )
  const words = new Set((lists as Readonly<Record<string, readonly string[]>>)[language])
  const longest = Math.max(...[...words].map((word) => word.length))
  const list = { words, longest, begins: new Uint8Array(65536) }
  sets.set(language, list)
  return list
}
