/** Split patterns have the meaning of Oniguruma, and none takes exponential time. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Ids } from '../../src/text/ids.ts'
import { toJavaScript } from '../../src/text/split/regex.ts'
import { removed, type SplitStep, splitProblem, splitterOf } from '../../src/text/split/splitter.ts'

interface Recorded {
  readonly pattern: string
  readonly behavior: SplitStep['behavior']
  readonly invert: boolean
  readonly pieces: readonly (readonly string[])[]
}

const golden = JSON.parse(readFileSync(new URL('golden/patterns.json', import.meta.url), 'utf8')) as {
  readonly texts: readonly string[]
  readonly patterns: readonly Recorded[]
}

function pieces(steps: readonly SplitStep[], text: string): string[] {
  const bytes = Buffer.from(text)
  const ends = new Ids()
  splitterOf(steps)(text, bytes, bytes.length, ends)
  const found: string[] = []
  let start = 0
  for (const end of ends.slice()) {
    if (end < removed) found.push(bytes.subarray(start, end).toString())
    start = end % removed
  }
  return found
}

describe('splits as Hugging Face’s library, which uses Oniguruma,', () => {
  it.each(golden.patterns)(
    'by $pattern, $behavior, invert $invert',
    ({ pattern, behavior, invert, pieces: theirs }) => {
      for (const [i, text] of golden.texts.entries())
        expect(pieces([{ pattern, behavior, invert }], text)).toEqual(theirs[i])
    },
  )
})

it('translates (?i:…) to classes, since V8 compiles it wrongly in a process with many regular expressions', () => {
  for (const { pattern } of golden.patterns) expect(toJavaScript(pattern).source).not.toMatch(/\(\?[ims-]+:/)
})

describe('the compiler rejects a repetition that takes exponential time', () => {
  it.each([
    ['(a+)+$', '(a+)+'],
    ['(?:a*)*b', '(?:a*)*'],
    ['(a|a)*b', '(a|a)*'],
    ['(?:\\w+\\s?)*!', '(?:\\w+\\s?)*'],
    ['(\\w|\\d)+$', '(\\w|\\d)+'],
    ['(?:\\p{L}|\\p{Lu})+\\d', '(?:\\p{L}|\\p{Lu})+'],
    ['x(?:a{1,3})+y', '(?:a{1,3})+'],
    ['(?:(?:ab?)+c?)+(?!d)', '(?:(?:ab?)+c?)+'],
    ['(?i:(k|\u212a)+z)', '(k|\u212a)+'],
    ['(?:([a-z]+)+ )*', '([a-z]+)+'],
    ['(?:.*a){20}', '(?:.*a){20}'],
    ['(?:\\w+\\s?){1,9}!', '(?:\\w+\\s?){1,9}'],
  ])('%s', (pattern, repetition) => {
    expect(splitProblem(pattern)?.message).toContain(`takes exponential time on some texts: \`${repetition}\``)
  })

  it.each([
    'gpt2',
    'gpt4',
    "\\p{L}+(?:'\\p{L}+)*",
    '(?:\\p{Lu}\\p{Ll}*)+ ?|.',
    '(?:\\s+\\w+)*$',
    '(?:a++)+$',
    '(?>a+)+$',
    '(?:\\w+\\s?)+',
    '(?:\\d{1,3},?)+|.',
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\s+(?!\\S)|\\s+",
    '(?:https?://)?(?:[a-z0-9]+\\.)+[a-z]{2,}',
    '(?:[A-Z][a-z]+ )+[A-Z]',
    '(?:[A-Z][a-z]+ ){2,5}[A-Z]',
    '\\p{N}{1,3}(?!x)',
  ])('and takes %s', (pattern) => {
    expect(splitProblem(pattern)).toBeUndefined()
  })
})

it('an invalid regular expression is rejected with the reason', () => {
  for (const pattern of ['(', '[a', '*a', '\\p{Nonsense}', '(?<=a+'])
    expect(splitProblem(pattern)?.message).toContain('is not a regular expression')
})
