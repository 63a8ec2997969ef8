/** Odd names of files, drawn from random numbers. */

import type { Random } from '../../src/core/values/random.ts'
import { pick } from '../campaign.ts'

const pieces: readonly string[] = [
  ...' "\'`$&;|<>()[]{}*?!#%~^=+,@:\\-_.'.split(''),
  ...['\n', '\t', '\r', '\u0001', '\u001b[2K', '\u007f', '\u00a0', '\u200b', '\u202e', '\u2028', '\ufeff', '\u{e0041}'],
  ...[
    'ä',
    'a\u0308',
    '名',
    '🦊',
    'ﬁ',
    'İ',
    '𝒳',
    'ß',
    '%2e%2e',
    '$(id)',
    '$' + '{x}',
    '{a}',
    '{a,b}',
    '[a-z]',
    '**',
    '$OUT',
  ],
  ...[
    '--help',
    '-rf',
    '__proto__',
    'constructor',
    'CON',
    'a',
    'b',
    '0',
    '1e9',
    'null',
    '~root',
    '..',
    '\\u{41}',
    '//x',
  ],
].filter((piece) => !piece.includes('/'))

/** Different names of text files, each of at most 255 bytes and none with a dot at its start. */
export function oddNames(count: number, random: Random): readonly string[] {
  const names = new Set<string>()
  while (names.size < count) {
    const longest = random.below(20) === 0 ? 240 : 1 + random.below(6)
    let name = ''
    for (let i = 0; i < longest; i++) {
      const piece = pick(random, pieces)
      if (Buffer.byteLength(name + piece) > 248) break
      name += piece
    }
    if (!name.startsWith('.')) names.add(`${name}.txt`)
  }
  return [...names]
}

/** A name as a string of the language. */
export function quoted(text: string): string {
  const escaped = Array.from(text, (character) =>
    /["\\{}]/.test(character)
      ? `\\${character}`
      : /^[ -~]$/.test(character)
        ? character
        : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
  return `"${escaped.join('')}"`
}
