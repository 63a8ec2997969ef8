/** Puts spaces between the words of scripts that have none: Chinese, Japanese, Thai, Lao, Khmer and Burmese. */

import { StageError } from '../../core/failure.ts'

/** Letters and marks of these scripts, and the marks that Japanese and Chinese repeat or lengthen letters with. */
const unspaced = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\u30fc\uff70\u3005`
const letters = String.raw`[[${unspaced}]&&[\p{L}\p{M}\p{Nl}]]`
const isUnspaced = new RegExp(letters, 'v')
/** A run of such letters, with the letters, marks and numbers of other scripts that it touches. */
const run = new RegExp(`${letters}+`, 'gv')
const touching = /[\p{L}\p{M}\p{N}]/u

/** Sentences whose words every dictionary knows. A Node without dictionaries divides them otherwise. */
const probe: readonly (readonly string[])[] = [
  ['我们', '的', '天气', '很好'],
  ['東京', '都', 'に', '住', 'んで'],
  ['ภาษา', 'ไทย', 'เป็น', 'ภาษา', 'ที่', 'สวยงาม'],
]

let segmenter: Intl.Segmenter | undefined

/** Whether a text has letters of scripts without spaces between words. */
export function hasUnspaced(text: string): boolean {
  return isUnspaced.test(text)
}

/** The text with a space between two words of a script without spaces, and between them and what they touch: `GPT 模型`. */
export function separateWords(text: string): string {
  if (!hasUnspaced(text)) return text
  segmenter ??= open()
  const words = segmenter
  return text.replace(run, (letters: string, at: number) => {
    let separated = ''
    for (const { segment } of words.segment(letters)) separated += separated === '' ? segment : ` ${segment}`
    const before = at > 0 && touching.test(characterBefore(text, at)) ? ' ' : ''
    const end = at + letters.length
    const after = end < text.length && touching.test(String.fromCodePoint(text.codePointAt(end)!)) ? ' ' : ''
    return before + separated + after
  })
}

/** The character that ends at `at`. */
function characterBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1)
  const isPair = (low & 0xfc00) === 0xdc00 && at > 1
  return text.slice(isPair ? at - 2 : at - 1, at)
}

/** Opens the segmenter of ICU. Throws a StageError if this Node has no dictionaries. */
function open(): Intl.Segmenter {
  const made = new Intl.Segmenter('und', { granularity: 'word' })
  for (const words of probe) {
    const found = [...made.segment(words.join(''))].map(({ segment }) => segment)
    if (found.join(' ') !== words.join(' '))
      throw new StageError(
        'no-dictionaries',
        `this Node (${process.version}, ICU ${process.versions.icu ?? 'none'}) has no dictionaries of Chinese, Japanese and Thai, so that words cannot be counted`,
        'Use a Node from nodejs.org: it has the whole of ICU. A Node that was built with `small-icu` lacks the dictionaries.',
      )
  }
  return made
}
