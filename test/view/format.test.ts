/** Numbers, durations and sizes as people read them. */

import { describe, expect, test } from 'vitest'
import { bytes, count, doneWhat, duration, percent, plural, rate, scalar, share, short } from '../../src/view/format.ts'

const table = <T>(write: (value: T) => string, rows: readonly (readonly [T, string])[]) => {
  for (const [value, expected] of rows) expect(write(value)).toBe(expected)
}

describe('a number', () => {
  test('that counts has separators, and no decimals', () =>
    table(count, [
      [0, '0'],
      [999, '999'],
      [1000, '1,000'],
      [-1234567, '-1,234,567'],
      [0.6, '1'],
      [Number.NaN, 'NaN'],
    ]))

  test('in short has three significant digits, and never 1000 of a unit', () =>
    table(short, [
      [0, '0'],
      [7, '7'],
      [1.25, '1.25'],
      [999, '999'],
      [999.6, '1.00k'],
      [12_400, '12.4k'],
      [999_600, '1.00M'],
      [2.1e9, '2.10B'],
      [3e12, '3.00T'],
    ]))

  test('that was measured has digits by its size', () =>
    table(scalar, [
      [1.8841, '1.884'],
      [12.345, '12.35'],
      [123.45, '123.5'],
      [12403.2, '12,403'],
      [0.0003, '3.0e-4'],
      [0.0123, '0.0123'],
      [3.1e-7, '3.1e-7'],
      [5, '5'],
    ]))

  test('that is not finite is named, and a missing number of JSON is NaN', () =>
    table(scalar, [
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, '∞'],
      [Number.NEGATIVE_INFINITY, '-∞'],
      [null as unknown as number, 'NaN'],
    ]))
})

test('a size has decimal units', () =>
  table(bytes, [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [8_100_000, '8.10 MB'],
    [999_600_000, '1.00 GB'],
    [2e12, '2.00 TB'],
  ]))

test('a duration has its two largest units', () =>
  table(duration, [
    [0, '0.0s'],
    [0.44, '0.4s'],
    [9.96, '10s'],
    [59.6, '1m 00s'],
    [65, '1m 05s'],
    [7380, '2h 03m'],
    [3599.9, '1h 00m'],
    [273_600, '3d 04h'],
    [-1, '–'],
    [Number.NaN, '–'],
  ]))

test('a percentage is neither 100% before the end nor beyond its bounds', () =>
  table(percent, [
    [0, '0%'],
    [0.456, '46%'],
    [0.999, '99%'],
    [1, '100%'],
    [1.2, '100%'],
    [-1, '0%'],
  ]))

test('a share of a whole has enough digits for a small part', () => {
  expect([share(3, 10_000), share(1, 3), share(0, 5), share(5, 5), share(0, 0)]).toEqual([
    '0.03%',
    '33.3%',
    '0%',
    '100%',
    '–',
  ])
})

test('a rate has its unit, and a slow one is a time for each', () => {
  expect(rate(12.3, 'steps')).toBe('12.3 steps/s')
  expect(rate(0.25, 'steps')).toBe('4 s/step')
  expect(rate(8.1e6, 'bytes')).toBe('8.10 MB/s')
})

test('one of a thing is singular', () => {
  expect([plural(1, 'documents'), plural(2, 'documents'), plural(0, 'documents')]).toEqual([
    '1 document',
    '2 documents',
    '0 documents',
  ])
})

test('the words on a finished stage count the parts that were reused', () => {
  expect(doneWhat({ summary: '10 documents' })).toBe('10 documents')
  expect(doneWhat({ summary: '10 documents', reused: { parts: 3, of: 4 } })).toMatch(/^10 documents; 3 of 4 parts /)
  expect(doneWhat()).toBe('')
})
