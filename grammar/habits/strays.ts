/** In a text that cannot be read, characters that no token begins with become tokens of their own, so that recognizers see them. */

import { createToken, type IToken } from 'chevrotain'
import type { SyntaxProblem } from '../problem.ts'
import type { Source } from '../source.ts'
import { positionAt } from '../span.ts'

/** A character, a word with letters of other alphabets, or a text in quotes of another language. */
export const Stray = createToken({ name: 'Stray', pattern: /[^\s\S]/ })

/** The merge conflicts that Git left in a text. Each is one problem, whatever it contains. */
export function mergeConflicts({ file, text }: Source): SyntaxProblem[] {
  return [...text.matchAll(/^<{7}(?: .*)?$[\s\S]*?(?:^>{7}(?: .*)?$|(?![\s\S]))/gm)].map(({ index, 0: found }) => ({
    problem: 'merge-conflict',
    written: '<<<<<<<',
    help: 'Keep one of the two versions, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`.',
    span: { file, start: index, end: index + found.length },
  }))
}

/** The tokens of a text with tokens for stray characters, and without those in merge conflicts. */
export function withStrays(
  { text, tokens, marks }: Source & { readonly marks: readonly SyntaxProblem[] },
  conflicts: readonly SyntaxProblem[],
): IToken[] {
  const inConflict = ({ startOffset }: IToken) =>
    conflicts.some(({ span }) => startOffset >= span.start && startOffset < span.end)
  const strays: IToken[] = []
  let end = 0
  for (const { problem, span } of marks) {
    if (problem !== 'unexpected-character' || text[span.start] === '#') continue
    for (let at = Math.max(span.start, end); at < span.end; at = end) {
      const { start, length } = extentOf(text, at)
      end = Math.max(start + length, at + 1)
      if (strays.length < maxStrays) strays.push(strayToken(text, start, length))
    }
  }
  if (strays.length === 0) return conflicts.length === 0 ? tokens : tokens.filter((token) => !inConflict(token))
  const all: IToken[] = []
  let next = 0
  for (const token of tokens) {
    for (; next < strays.length && strays[next]!.startOffset <= token.startOffset; next++) all.push(strays[next]!)
    const before = strays[next - 1]
    const after = strays[next]
    const tokenEnd = token.startOffset + token.image.length
    // A stray word includes the Latin letters around it.
    const isInside = before !== undefined && token.startOffset < before.startOffset + before.image.length
    const isBegun = after !== undefined && tokenEnd > after.startOffset
    if (!isInside && !isBegun) all.push(token)
  }
  all.push(...strays.slice(next))
  return all.filter((token) => !inConflict(token))
}

/** The greatest number of stray characters that become tokens; the problems before them are enough. */
const maxStrays = 10_000

const quotes: Readonly<Record<string, string>> = { '“': '”„“', '„': '“”', '‘': '’', '«': '»', '`': '`' }

/** The range of a stray character: its word, its text up to the closing quote, or the character alone. */
function extentOf(text: string, at: number): { start: number; length: number } {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (/[\p{L}\p{M}\p{N}]/u.test(character)) {
    let start = at
    while (
      start > 0 &&
      at - start < 100 &&
      /[\w\u0080-\uffff]/.test(text[start - 1]!) &&
      /[\p{L}\p{M}\p{N}_]/u.test(text[start - 1]!)
    )
      start--
    const word = /^[\p{L}\p{M}\p{N}_]+/u.exec(text.slice(start, start + 200))?.[0] ?? character
    return { start, length: Math.max(word.length, at - start + character.length) }
  }
  const closing = Object.hasOwn(quotes, character) ? quotes[character] : undefined
  if (closing !== undefined) {
    const line = text.slice(at + 1, at + 2000).split('\n', 1)[0] ?? ''
    const close = [...line].findIndex((each) => closing.includes(each) || each === '"')
    if (close !== -1) return { start: at, length: close + 2 }
  }
  return { start: at, length: character.length }
}

function strayToken(text: string, start: number, length: number): IToken {
  const { line, column } = positionAt(text, start)
  const image = text.slice(start, start + length)
  const lines = image.split('\n').length - 1
  return {
    image,
    startOffset: start,
    endOffset: start + length - 1,
    startLine: line,
    endLine: line + lines,
    startColumn: column,
    endColumn: column + length - 1,
    tokenType: Stray,
    tokenTypeIdx: Stray.tokenTypeIdx!,
  }
}
