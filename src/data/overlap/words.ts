/** Splits texts into words to compare them, also in scripts without spaces between words. */

/** Scripts without spaces between words: each letter counts as a word. */
const unspaced = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}`
const alone = String.raw`[[\p{L}\p{Nl}]&&[${unspaced}]]`

const aloneOnly = new RegExp(`^${alone}$`, 'v')
const word = new RegExp(String.raw`${alone}\p{M}*|[[\p{L}\p{M}\p{N}]--${alone}]+`, 'gv')

/** Whether a character is a word by itself: a letter of a script without spaces between words. */
export function standsAlone(character: string): boolean {
  return aloneOnly.test(character)
}

/**
 * The words of a text in lower case, without punctuation: runs of letters, marks and digits; in scripts without spaces between words,
 * each letter with its marks.
 */
export function wordsOf(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(word) ?? []
}
