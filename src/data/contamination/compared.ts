/** The texts of a document or an example that are compared with measured texts, from its line in an artefact. */

import type { ArtefactKind } from '../../core/artefact.ts'
import type { Json } from '../../core/values/json.ts'
import { exampleOf, isExampleKind, stems, textsOf } from '../conversations/examples.ts'
import { type Document, idOf } from '../document.ts'
import { documentOf } from '../shards/shards.ts'
import { separateWords } from '../words/segment.ts'

export interface Compared {
  readonly id: string
  /** N-grams do not cross them. */
  readonly texts: readonly string[]
}

/** The kinds of artefacts whose records are compared. */
export const comparedKinds = ['Docs', 'Pairs', 'Prompts', 'Rankings', 'Answers'] as const
export type ComparedKind = (typeof comparedKinds)[number]

/** The beginning of the names of shards. */
export function stemOf(kind: ArtefactKind): string {
  return isExampleKind(kind) ? stems[kind] : 'docs'
}

/** Reads a line of a shard. */
export function comparedOf(line: string, kind: ArtefactKind, shard: string): Compared {
  if (isExampleKind(kind)) {
    const example = exampleOf(line, kind, shard)
    return { id: example.id, texts: textsOf(example) }
  }
  const document = documentOf(line, shard)
  return { id: idOf(document), texts: textsIn(document) }
}

/** The text of a document; of a record without a text, such as a question, all texts in its fields. */
function textsIn({ text, fields }: Document): readonly string[] {
  return text === '' ? Object.values(fields).flatMap(within) : [text]
}

function within(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(within)
}

/** All texts as one, for ledgers. */
export function joined({ texts }: Compared): string {
  return texts.join('\n\n')
}

/** The words of a text around its word number `word`, in at most some 300 characters; `…` stands where it is cut. */
export function passageAt(text: string, word: number): string {
  const separated = separateWords(text)
  let at = 0
  let seen = 0
  for (const { index } of separated.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    if (seen++ < word) continue
    at = index
    break
  }
  // The place in the text itself: spaces that were put between words do not count.
  let from = 0
  for (let i = 0; i < at; i++) if (separated[i] === text[from]) from++
  const passage = text.slice(from, from + 300).replace(/[\ud800-\udbff]$/, '')
  return `${from > 0 ? '…' : ''}${passage}${from + 300 < text.length ? '…' : ''}`
}
