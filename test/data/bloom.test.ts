import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BloomFilter } from '../../src/data/dedup/bloom.ts'
import { RepeatedParts } from '../../src/data/dedup/repeated-parts.ts'

const digestOf = (text: string) => createHash('sha256').update(text).digest()

test('a text that is in the filter is never new', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.double({ min: 1e-9, max: 0.5, noNaN: true }), (texts, share) => {
      const filter = new BloomFilter(texts.length, share)
      for (const text of texts) filter.add(digestOf(text))
      for (const text of texts) expect(filter.add(digestOf(text))).toBe(false)
    }),
  )
})

test.each([0.2, 0.01, 0.001])('of new texts, a share of at most %d is taken for copies', (share) => {
  const count = 20_000
  const filter = new BloomFilter(count, share)
  let taken = 0
  for (let text = 0; text < count; text++) if (!filter.add(digestOf(`text ${text}`))) taken++
  // While it fills, fewer are taken for copies than at the end.
  expect(taken).toBeLessThanOrEqual(share * count)
  const full = new BloomFilter(count, share)
  for (let text = 0; text < count; text++) full.add(digestOf(`text ${text}`))
  // The filter is asked by adding, which fills it a little beyond its capacity.
  let found = 0
  for (let probe = 0; probe < 200; probe++) if (!full.add(digestOf(`probe ${probe}`))) found++
  expect(found).toBeLessThanOrEqual(share * 200 + 4 * Math.sqrt(share * (1 - share) * 200) + 1)
})

test('the filter takes the bits that its share needs', () => {
  expect(new BloomFilter(1_000_000, 1e-5).bytes).toBe(Math.ceil((1_000_000 * -Math.log(1e-5)) / Math.LN2 ** 2 / 8))
  expect(new BloomFilter(0, 0.5).add(digestOf('a'))).toBe(true)
})

test('repeated lines are removed after any number of lines', () => {
  const parts = new RepeatedParts('lines', 1)
  expect(parts.reduce('a\nb')).toMatchObject({ removed: 0 })
  expect(parts.reduce('b\nc')).toEqual({ text: 'c', removed: 1, first: 'b' })
})
