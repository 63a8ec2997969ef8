/** Splitters: text to the pieces inside which tokens are merged, by the name or the text of a pattern. */

import { StageError } from '../../core/failure.ts'
import type { Ids } from '../ids.ts'
import { gpt2Pattern, gpt2PieceEnd } from './gpt2.ts'
import { foldedGpt4PieceEnd, gpt4Pattern, gpt4PieceEnd } from './gpt4.ts'
import { regexPieceEnds, toJavaScript } from './regex.ts'

/** Appends to `ends` where each piece ends: of `text`, whose UTF-8 is the first `length` of `bytes`. */
export type Splitter = (text: string, bytes: Uint8Array, length: number, ends: Ids) => void

/** Patterns that have a name in programs. */
export const namedPatterns = { gpt2: gpt2Pattern, gpt4: gpt4Pattern } as const

/** The pattern meant by a setting: `gpt2`, `gpt4`, or a regular expression. */
export function patternOf(setting: string): string {
  return setting === 'gpt2' || setting === 'gpt4' ? namedPatterns[setting] : setting
}

/** What is wrong with a pattern of a program, if anything is. */
export function splitProblem(setting: string): { readonly message: string; readonly help?: string } | undefined {
  try {
    splitterOf(patternOf(setting))
    return undefined
  } catch (error) {
    if (!(error instanceof StageError)) throw error
    return { message: error.message, ...(error.help === undefined ? {} : { help: error.help }) }
  }
}

/** cl100k's pattern as OpenAI's, Meta's (Llama 3) and Hugging Face's files spell it. */
export const openAiGpt4Pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/** Patterns, as others spell them, that are split by hand. */
const byHand = new Map([
  [gpt2Pattern, gpt2PieceEnd],
  [gpt4Pattern, gpt4PieceEnd],
  [openAiGpt4Pattern, foldedGpt4PieceEnd],
  [
    "('s|'S|'t|'T|'re|'rE|'Re|'RE|'ve|'vE|'Ve|'VE|'m|'M|'ll|'lL|'Ll|'LL|'d|'D)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    gpt4PieceEnd,
  ],
])

/** The splitter of a pattern; without one a text is one piece. */
export function splitterOf(pattern: string | undefined): Splitter {
  if (pattern === undefined) return (_text, _bytes, length, ends) => ends.push(length)
  const pieceEnd = byHand.get(pattern)
  if (pieceEnd === undefined) {
    const regex = toJavaScript(pattern)
    return (text, _bytes, _length, ends) => regexPieceEnds(regex, text, ends)
  }
  return (_text, bytes, length, ends) => {
    for (let at = 0; at < length; ) {
      at = pieceEnd(bytes, at, length)
      ends.push(at)
    }
  }
}
