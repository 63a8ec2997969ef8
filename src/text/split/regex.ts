/** Splits by any regular expression, for patterns without faster code of their own. */

import { toRegExp, toRegExpDetails } from 'oniguruma-to-es'
import { StageError } from '../../core/failure.ts'
import { exponential } from './exponential.ts'
import { behave, type Cuts, removed, type SplitStep } from './steps.ts'
import { target } from './target.ts'
import { wordAlone, wordInClass } from './word.ts'

/**
 * Translates a pattern of Oniguruma, which Hugging Face's `tokenizers` uses, to JavaScript: `\w`, `\d`, `\s` and `\b` follow Unicode, and
 * `^` and `$` match at every line. Throws a StageError `invalid-pattern` for a pattern that is not a regular expression, or takes
 * exponential time on some texts.
 */
export function toJavaScript(pattern: string): RegExp {
  const problem = exponential(pattern)
  if (problem !== undefined) {
    throw new StageError(
      'invalid-pattern',
      `the split pattern \`${pattern}\` takes exponential time on some texts: \`${problem}\` can match one text in several ways`,
      'Write the repetition once, `a+` for `(a+)+`, or make it possessive: `(?:a++)+`.',
    )
  }
  try {
    const source = withWords(pattern)
    const { pattern: ours, flags, options } = toRegExpDetails(source, { global: true, target })
    // The engine of Node 20 cannot repeat `[^]` with the flag v.
    const anything = ours.replace(/(?<!\\)\[\^\]/g, '[\\s\\S]')
    return options?.strategy == null ? new RegExp(anything, flags) : toRegExp(source, { global: true, target })
  } catch (error) {
    throw new StageError(
      'invalid-pattern',
      `the split pattern \`${pattern}\` is not a regular expression: ${reasonOf(error as Error)}`,
      'Patterns are Oniguruma’s, as in tokenizer.json: classes such as \\p{L} and \\s, ?, +, *, {1,3}, |, (?:…), (?=…), (?!…), (?i:…).',
    )
  }
}

/** The reason in an error of JavaScript, without the translated pattern. */
function reasonOf({ message }: Error): string {
  return message.replace(/^Invalid regular expression: .*\/\w*: /s, '')
}

/** Writes out `\w` and `\b` in a pattern: engines differ in the numbers that are word characters. */
function withWords(pattern: string): string {
  const boundary = `(?:(?<=[${wordAlone}])(?![${wordAlone}])|(?<![${wordAlone}])(?=[${wordAlone}]))`
  const inside = `(?:(?<=[${wordAlone}])(?=[${wordAlone}])|(?<![${wordAlone}])(?![${wordAlone}]))`
  const outOfClass = new Map([
    ['w', `[${wordAlone}]`],
    ['W', `[^${wordAlone}]`],
    ['b', boundary],
    ['B', inside],
  ])
  const inClass = new Map([
    ['w', wordInClass],
    ['W', `[^${wordInClass}]`],
  ])
  let source = ''
  let depth = 0
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!
    if (character === '\\') {
      const escaped = pattern[++i] ?? ''
      source += (depth > 0 ? inClass : outOfClass).get(escaped) ?? character + escaped
      continue
    }
    if (character === '[') depth++
    else if (character === ']' && depth > 0) depth--
    source += character
  }
  return source
}

/** The positions at which a regular expression cuts a text, in UTF-16 units. */
export function cutsOf(regex: RegExp, text: string, invert: boolean): Cuts {
  const ends: number[] = []
  const matches: boolean[] = []
  let done = 0
  const cut = (end: number, match: boolean): void => {
    if (end === done) return
    ends.push(end)
    matches.push(match !== invert)
    done = end
  }
  regex.lastIndex = 0
  for (const match of text.matchAll(regex)) {
    // An empty match cuts too.
    cut(match.index, false)
    cut(match.index + match[0].length, true)
  }
  cut(text.length, false)
  return { ends, matches }
}

/** Makes a function of a step that returns the ends of a text's pieces, in UTF-16 units. */
export function regexStep({ pattern, behavior, invert }: SplitStep): (text: string) => number[] {
  const regex = toJavaScript(pattern)
  return (text) => behave(cutsOf(regex, text, invert), behavior)
}

/** Chains steps: each step cuts the pieces of the step before it, and sees only one piece at a time. */
export function chained(steps: readonly ((text: string) => number[])[]): (text: string) => number[] {
  return (text) => {
    let ends = [text.length]
    for (const [number, step] of steps.entries()) {
      if (number === 0) {
        ends = step(text)
        continue
      }
      const finer: number[] = []
      let start = 0
      for (const end of ends) {
        if (end >= removed) finer.push(end)
        else for (const cut of step(text.slice(start, end))) finer.push(start + cut)
        start = end >= removed ? end - removed : end
      }
      ends = finer
    }
    return ends
  }
}

/** The number of bytes of `text[start, end)` in UTF-8. */
export function utf8Length(text: string, start: number, end: number): number {
  let length = 0
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) length++
    else if (unit < 0x800) length += 2
    else if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(i + 1))) {
      length += 4
      i++
    } else length += 3 // A lone surrogate becomes U+FFFD, which also has 3 bytes.
  }
  return length
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
