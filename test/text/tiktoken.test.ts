/** With tiktoken's ranks our ids are js-tiktoken's. */

import fc from 'fast-check'
import { Tiktoken } from 'js-tiktoken/lite'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import r50k from 'js-tiktoken/ranks/r50k_base'
import { describe, expect, it } from 'vitest'
import { parseTiktoken, tiktokenTokenizer } from '../../src/text/tiktoken.ts'
import { rankFile, tiktoken } from './ranks.ts'
import { anyText, samples, withoutDisputedSpaces } from './samples.ts'

describe.each([
  ['r50k_base', r50k],
  ['cl100k_base', cl100k],
])('%s', (_name, ranks) => {
  const theirs = new Tiktoken(ranks)
  const tokens = parseTiktoken(rankFile(ranks.bpe_ranks))
  const ours = tiktoken(ranks)
  const encodeTheirs = (text: string) => theirs.encode(text, [], [])

  it.each(Object.entries(samples))('gives the ids of js-tiktoken on %s', (_sample, text) => {
    expect([...ours.encode(text)]).toEqual(encodeTheirs(text))
    expect(ours.decode(ours.encode(text))).toBe(text)
  })

  it('gives the ids of js-tiktoken on any text', () => {
    fc.assert(
      fc.property(anyText.map(withoutDisputedSpaces), (text) => {
        expect([...ours.encode(text)]).toEqual(encodeTheirs(text))
      }),
      { numRuns: 1000 },
    )
  })

  it('recognizes special tokens if asked to, as js-tiktoken does', () => {
    const text = samples.special!
    expect([...ours.encode(text, { special: 'all' })]).toEqual(theirs.encode(text, 'all'))
  })

  it('reaches every token by merging its bytes', () => {
    const merged = tiktokenTokenizer(tokens, { pattern: '[\\s\\S]+', special: {} })
    const wrong: number[] = []
    for (const [id, token] of tokens.entries()) {
      const text = token === undefined ? '\ufffd' : Buffer.from(token).toString()
      if (!text.includes('\ufffd') && `${merged.encode(text)}` !== `${id}`) wrong.push(id)
    }
    expect(wrong).toEqual([])
  })
})

it('refuses ranks that are given twice, or that no vocabulary has', () => {
  expect(() => parseTiktoken('IQ== 0\nIg== 0\n')).toThrow('line 1 and line 2 have the same rank 0')
  expect(() => parseTiktoken('IQ== 99999999999\n')).toThrow('line 1 has the rank 99999999999')
})

it('names the invalid line of a rank file', () => {
  expect(() => parseTiktoken('IQ== 0\nhello\n')).toThrow('line 2')
})
