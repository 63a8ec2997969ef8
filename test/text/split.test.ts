/** The hand-written splits agree with the regular expressions. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ids } from '../../src/text/ids.ts'
import { namedPatterns, openAiGpt4Pattern, qwenPattern, splitterOf } from '../../src/text/split/splitter.ts'
import { stepsOf } from '../../src/text/split/steps.ts'
import { anyText, samples } from './samples.ts'

/** The pieces of a text, by our splitter. */
function pieces(pattern: string, text: string): string[] {
  const bytes = Buffer.from(text)
  const ends = new Ids()
  splitterOf(stepsOf(pattern))(text, bytes, bytes.length, ends)
  const starts = [0, ...ends.slice()]
  return [...ends.slice()].map((end, i) => bytes.subarray(starts[i]!, end).toString())
}

// Written out once more, with Unicode's white space, so that nothing of ours is in the oracle.
const gpt2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu
const gpt4 =
  /'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

describe.each([
  ['gpt2', namedPatterns.gpt2, gpt2],
  ['gpt4', namedPatterns.gpt4, gpt4],
] as const)('the %s split', (_name, pattern, oracle) => {
  it.each(Object.entries(samples))('splits %s as the regular expression does', (_sample, text) => {
    expect(pieces(pattern, text)).toEqual(text.match(oracle) ?? [])
  })

  it('splits any text as the regular expression does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(pieces(pattern, text)).toEqual(text.match(oracle) ?? [])
      }),
      { numRuns: 3000 },
    )
  })

  it('splits any text as a custom pattern of the same meaning does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(pieces(`(?:${pattern})`, text)).toEqual(pieces(pattern, text))
      }),
      { numRuns: 300 },
    )
  })
})

it('takes ſ for an s after an apostrophe only where the pattern folds case', () => {
  expect(pieces(namedPatterns.gpt4, "it'ſ")).toEqual(['it', "'ſ"])
  expect(pieces(namedPatterns.gpt4, "it'ſa")).toEqual(['it', "'ſa"])
  expect(pieces(openAiGpt4Pattern, "it'ſa")).toEqual(['it', "'ſ", 'a'])
})

it('splits any text by Qwen’s pattern as a custom pattern of the same meaning does', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(pieces(qwenPattern, text)).toEqual(pieces(`(?:${qwenPattern})`, text))
    }),
    { numRuns: 300 },
  )
})

it('keeps what a custom pattern does not match as pieces of its own', () => {
  expect(pieces('\\p{L}+', 'ab, cd!')).toEqual(['ab', ', ', 'cd', '!'])
})

it('reads the (?i:…) of others', () => {
  expect(pieces("(?i:'s|'ll)|.", "a'Sb'lL")).toEqual(['a', "'S", 'b', "'lL"])
})

it('rejects an invalid regular expression', () => {
  expect(() => splitterOf(stepsOf('('))).toThrow(/not a regular expression/)
})
