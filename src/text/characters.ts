/** The character tokenizer: one id for each character (Unicode code point) of a corpus, in the order of code points, as in nanoGPT. */

import { StageError } from '../core/failure.ts'
import type { Ids } from './ids.ts'
import { numbered, type SpecialTokens } from './special.ts'
import { makeTokenizer, type Tokenizer, type TokenizerSource } from './tokenizer.ts'
import { makeVocabulary } from './vocabulary.ts'

const utf8 = new TextEncoder()
const absent = 0xffffffff

/** The characters of a corpus, in the order of their code points. A lone surrogate counts as U+FFFD. */
export class CharacterSet {
  readonly #seen = new Uint8Array(0x110000)

  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const point = text.codePointAt(i)!
      if (point > 0xffff) i++
      this.#seen[isSurrogate(point) ? 0xfffd : point] = 1
    }
  }

  list(): string[] {
    const characters: string[] = []
    for (let point = this.#seen.indexOf(1); point !== -1; point = this.#seen.indexOf(1, point + 1)) {
      characters.push(String.fromCodePoint(point))
    }
    return characters
  }
}

/**
 * The tokenizer of a set of characters. Any other character becomes the special token `unknown`. Without such a token, encoding throws a
 * StageError `unknown-characters`, which lists the characters.
 */
export function charactersTokenizer(
  characters: readonly string[],
  special: SpecialTokens,
  options: {
    readonly unknown?: string | undefined
    readonly size?: number | undefined
    readonly source?: TokenizerSource | undefined
  } = {},
): Tokenizer {
  const ids = new Uint32Array(0x110000).fill(absent)
  for (const [id, character] of characters.entries()) ids[character.codePointAt(0)!] = id
  const vocabulary = makeVocabulary(
    characters.map((character) => utf8.encode(character)),
    numbered(special, characters.length),
    { endOfText: special.endOfText, size: options.size },
  )
  const unknown = options.unknown === undefined ? undefined : vocabulary.special.get(options.unknown)
  const encodePlain = (text: string, into: Ids): void => {
    into.reserve(text.length)
    for (let i = 0; i < text.length; i++) {
      let point = text.codePointAt(i)!
      if (point > 0xffff) i++
      else if (isSurrogate(point)) point = 0xfffd
      const id = ids[point]!
      if (id !== absent) into.data[into.length++] = id
      else if (unknown !== undefined) into.data[into.length++] = unknown
      else throw unknownCharacters(text, ids)
    }
  }
  const model = { type: 'characters', characters, unknown: options.unknown } as const
  return makeTokenizer({ model, vocabulary, encodePlain, unknown, source: options.source })
}

function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff
}

function unknownCharacters(text: string, ids: Uint32Array): StageError {
  const unknown = new Set<string>()
  for (const character of text) if (ids[character.codePointAt(0)!] === absent) unknown.add(character)
  const shown = [...unknown].slice(0, 10).map((character) => {
    const point = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    return `${JSON.stringify(character)} (U+${point})`
  })
  const more = unknown.size > shown.length ? ` and ${unknown.size - shown.length} more` : ''
  return new StageError(
    'unknown-characters',
    `the character tokenizer does not know ${shown.join(', ')}${more}`,
    'Make the tokenizer of a corpus that has them, or give unknown characters a token: characters(docs, unknown: "<unk>").',
  )
}
