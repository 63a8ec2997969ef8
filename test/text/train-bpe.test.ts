/** The trainer finds the merges of the plainest trainer, and those of Hugging Face’s (golden file, written by test/torch/). */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteOrder, toAlphabet } from '../../src/text/bpe/byte-alphabet.ts'
import { PieceCounter } from '../../src/text/bpe/piece-counter.ts'
import { type TrainedBpe, trainBpe } from '../../src/text/bpe/train-bpe.ts'
import { namedPatterns } from '../../src/text/split/splitter.ts'
import { corpus } from './samples.ts'

function train(texts: readonly string[], pattern: string | undefined, tokens: number, minFrequency = 2): TrainedBpe {
  const counter = new PieceCounter(pattern)
  for (const text of texts) counter.add(text)
  return trainBpe(counter, { tokens, minFrequency })
}

/** `Ġ t`, as in tokenizer.json. */
function mergesOf({ tokens, merges }: TrainedBpe): string[] {
  return Array.from(merges.left, (left, i) => `${toAlphabet(tokens[left]!)} ${toAlphabet(tokens[merges.right[i]!]!)}`)
}

/** Counts all pairs anew for each merge. */
function trainPlainly(texts: readonly string[], tokens: number, minFrequency: number): string[] {
  const ids = new Map(byteOrder.map((byte, id) => [byte, id]))
  const words = texts.map((text) => [...Buffer.from(text)].map((byte) => ids.get(byte)!))
  const known = byteOrder.map((byte) => toAlphabet(Uint8Array.of(byte)))
  const merges: string[] = []
  while (known.length < tokens) {
    const counts = new Map<string, { pair: [number, number]; count: number }>()
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair: [number, number] = [word[i]!, word[i + 1]!]
        const entry = counts.get(`${pair}`) ?? { pair, count: 0 }
        counts.set(`${pair}`, { pair, count: entry.count + 1 })
      }
    }
    const best = [...counts.values()].sort(
      (a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1],
    )[0]
    if (best === undefined || best.count < minFrequency) break
    const [left, right] = best.pair
    const joined = known[left]! + known[right]!
    const merge = `${known[left]} ${known[right]}`
    if (!merges.includes(merge)) merges.push(merge)
    if (!known.includes(joined)) known.push(joined)
    const id = known.indexOf(joined)
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, id)
      }
    }
  }
  return merges
}

describe('finds the merges of the plainest trainer', () => {
  it.each([1, 2, 5])('with min_frequency %i', (minFrequency) => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é'), maxLength: 30 })
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
        const ours = train(texts, undefined, 280, minFrequency)
        expect(mergesOf(ours)).toEqual(trainPlainly(texts, 280, minFrequency))
      }),
      { numRuns: 300 },
    )
  })
})

it.each(['gpt2', 'gpt4'] as const)('finds the merges of Hugging Face’s trainer with the pattern %s', (name) => {
  const golden = JSON.parse(readFileSync(new URL('golden/hugging-face-merges.json', import.meta.url), 'utf8')) as {
    readonly [pattern: string]: string[]
  }
  expect(mergesOf(train(corpus, namedPatterns[name], 1200))).toEqual(golden[name])
})

it('does not depend on how texts are spread over documents, nor on their order', () => {
  const texts = ['low lower lowest', 'new newer newest', 'wide wider widest']
  const expected = mergesOf(train(texts, namedPatterns.gpt4, 280))
  expect(mergesOf(train([...texts].reverse(), namedPatterns.gpt4, 280))).toEqual(expected)
})

it('stops when no pair occurs often enough', () => {
  expect(train(['abab'], undefined, 1000).tokens.length).toBe(257)
  expect(train(['ab'], undefined, 1000).tokens.length).toBe(256)
  expect(train([], undefined, 1000).tokens.length).toBe(256)
})

it('forgets the rarest pieces, and says so, when there are more than it may keep', () => {
  const counter = new PieceCounter('.', 4)
  counter.add('aaabbbcc')
  counter.add('defghi')
  expect(counter.forgotten).toBe(1)
  expect(counter.pieces.count).toBe(3)
  expect([...counter.counts.subarray(0, 3)]).toEqual([3, 3, 2])
})
