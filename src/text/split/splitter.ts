/** Splits text into pieces, inside of which tokens are merged. */

import { StageError } from '../../core/failure.ts'
import type { Ids } from '../ids.ts'
import { digitEnd, digitPattern } from './digits.ts'
import { gpt2Pattern, gpt2PieceEnd } from './gpt2.ts'
import { foldedGpt4PieceEnd, gpt4Pattern, gpt4PieceEnd, qwenPieceEnd } from './gpt4.ts'
import { chained, regexStep, utf8Length } from './regex.ts'
import { removed, type SplitStep, stepsOf } from './steps.ts'

/** Appends the end of each piece of `text` to `ends` (see `removed`). The first `length` of `bytes` are the text in UTF-8. */
export type Splitter = (text: string, bytes: Uint8Array, length: number, ends: Ids) => void

/** Patterns with a name in programs. */
export const namedPatterns = { gpt2: gpt2Pattern, gpt4: gpt4Pattern } as const

/** The pattern of a setting: `gpt2`, `gpt4`, or a regular expression. */
export function patternOf(setting: string): string {
  return setting === 'gpt2' || setting === 'gpt4' ? namedPatterns[setting] : setting
}

/** The problem of a pattern in a program; `undefined` if it is right. */
export function splitProblem(setting: string): { readonly message: string; readonly help?: string } | undefined {
  try {
    splitterOf(stepsOf(patternOf(setting)))
    return undefined
  } catch (error) {
    if (!(error instanceof StageError)) throw error
    return { message: error.message, ...(error.help === undefined ? {} : { help: error.help }) }
  }
}

/** cl100k's pattern in the spelling of OpenAI, Meta (Llama 3) and Hugging Face. */
export const openAiGpt4Pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/** Qwen's pattern: the same, with one digit a piece. */
export const qwenPattern = openAiGpt4Pattern.replace('{1,3}', '')

/** Returns the end of the piece at `at`, in text that ends at `end`. */
type PieceEnd = (bytes: Uint8Array, at: number, end: number) => number

/** Patterns that have code of their own, in their published spellings. */
const byHand = new Map<string, PieceEnd>([
  [digitPattern, digitEnd],
  [gpt2Pattern, gpt2PieceEnd],
  [gpt4Pattern, gpt4PieceEnd],
  [openAiGpt4Pattern, foldedGpt4PieceEnd],
  [qwenPattern, qwenPieceEnd],
  [
    "('s|'S|'t|'T|'re|'rE|'Re|'RE|'ve|'vE|'Ve|'VE|'m|'M|'ll|'lL|'Ll|'LL|'d|'D)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    gpt4PieceEnd,
  ],
])

/** The patterns in `byHand` whose matches cover every text. */
const matchesAll = new Set([...byHand.keys()].filter((pattern) => pattern !== digitPattern))

/** Makes the splitter of steps. Without steps, a text is one piece. */
export function splitterOf(steps: readonly SplitStep[]): Splitter {
  // The last steps that have code of their own cut bytes. The steps before them cut text.
  let first = steps.length
  while (first > 0 && byHandOf(steps[first - 1]!) !== undefined) first--
  const onBytes = steps.slice(first).map((step) => byHandOf(step)!)
  const onText = chained(steps.slice(0, first).map(regexStep))
  if (first > 0) {
    if (onBytes.length === 0)
      return (text, _bytes, _length, ends) => inBytes(text, onText(text), (end) => ends.push(end))
    return (text, bytes, _length, ends) => {
      let start = 0
      inBytes(text, onText(text), (end) => {
        if (end >= removed) ends.push(end)
        else cutBytes(onBytes, 0, bytes, start, end, ends)
        start = end >= removed ? end - removed : end
      })
    }
  }
  const [pieceEnd] = onBytes
  if (pieceEnd === undefined) return (_text, _bytes, length, ends) => ends.push(length)
  if (onBytes.length > 1) return (_text, bytes, length, ends) => cutBytes(onBytes, 0, bytes, 0, length, ends)
  return (_text, bytes, length, ends) => {
    for (let at = 0; at < length; ) {
      at = pieceEnd(bytes, at, length)
      ends.push(at)
    }
  }
}

function byHandOf({ pattern, behavior, invert }: SplitStep): PieceEnd | undefined {
  // If the matches of a pattern cover every text, both behaviors keep exactly the matches.
  return behavior === 'isolated' || (behavior === 'removed' && invert && matchesAll.has(pattern))
    ? byHand.get(pattern)
    : undefined
}

/** Cuts `bytes[start, end)` by the steps that begin with `step`. */
function cutBytes(
  steps: readonly PieceEnd[],
  step: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  ends: Ids,
): void {
  const pieceEnd = steps[step]!
  const last = step === steps.length - 1
  for (let at = start; at < end; ) {
    const next = pieceEnd(bytes, at, end)
    if (last) ends.push(next)
    else cutBytes(steps, step + 1, bytes, at, next, ends)
    at = next
  }
}

/** Converts ends in UTF-16 units of `text` to ends in bytes of its UTF-8, and passes them to `take`. */
function inBytes(text: string, ends: readonly number[], take: (end: number) => void): void {
  let done = 0
  let bytes = 0
  for (const marked of ends) {
    const end = marked >= removed ? marked - removed : marked
    bytes += utf8Length(text, done, end)
    done = end
    take(marked >= removed ? bytes + removed : bytes)
  }
}

export { removed, type SplitStep } from './steps.ts'
