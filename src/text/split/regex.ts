/** A split by any regular expression, for tokenizers whose pattern we have no faster code for. */

import { StageError } from '../../core/failure.ts'
import type { Ids } from '../ids.ts'

/**
 * The pattern as JavaScript's engine takes it, meaning what it means to Hugging Face's (Oniguruma) and tiktoken's (Rust):
 * `\s` is Unicode's white space, and the `(?i:…)` that Node 20 lacks is written out.
 */
export function toJavaScript(pattern: string): RegExp {
  let source = ''
  let folding = 0 // depth of parentheses inside a (?i:…), 0 outside
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!
    if (character === '\\') {
      const escaped = pattern[++i] ?? ''
      source += escaped === 's' ? '\\p{White_Space}' : escaped === 'S' ? '\\P{White_Space}' : character + escaped
      if (escaped === 'p' || escaped === 'P')
        while (i + 1 < pattern.length && source.at(-1) !== '}') source += pattern[++i]
    } else if (!inClass && folding === 0 && pattern.startsWith('(?i:', i)) {
      source += '(?:'
      folding = 1
      i += 3
    } else {
      if (character === '[') inClass = true
      else if (character === ']') inClass = false
      else if (folding > 0 && !inClass && character === '(') folding++
      else if (folding > 0 && !inClass && character === ')') folding--
      source += folding > 0 ? bothCases(character, inClass) : character
    }
  }
  try {
    return new RegExp(source, 'gu')
  } catch (error) {
    throw new StageError(
      'invalid-pattern',
      `the split pattern ${JSON.stringify(pattern)} is not a regular expression: ${(error as Error).message}`,
      'Use what JavaScript, Rust and Oniguruma have in common: classes such as \\p{L} and \\s, ?, +, *, {1,3}, |, (?:…), (?=…), (?!…).',
    )
  }
}

function bothCases(character: string, inClass: boolean): string {
  if (!/[a-z]/i.test(character)) return character
  const both = character.toLowerCase() + character.toUpperCase()
  return inClass ? both : `[${both}]`
}

/**
 * Appends where the pieces of `text` end, in bytes of its UTF-8. What no match covers is a piece too (the behaviour
 * "Isolated" of Hugging Face), so no text is lost.
 */
export function regexPieceEnds(regex: RegExp, text: string, ends: Ids): void {
  let done = 0 // in UTF-16 units
  let bytes = 0
  const upTo = (end: number): void => {
    bytes += utf8Length(text, done, end)
    done = end
    ends.push(bytes)
  }
  regex.lastIndex = 0
  for (const match of text.matchAll(regex)) {
    if (match[0].length === 0) continue
    if (match.index > done) upTo(match.index)
    upTo(match.index + match[0].length)
  }
  if (done < text.length) upTo(text.length)
}

function utf8Length(text: string, start: number, end: number): number {
  let length = 0
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) length++
    else if (unit < 0x800) length += 2
    else if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(i + 1))) {
      length += 4
      i++
    } else length += 3 // a lone surrogate becomes U+FFFD: 3 bytes as well
  }
  return length
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
