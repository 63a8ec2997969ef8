/** Progress bars and sparklines. */

import { expect, test } from 'vitest'
import { bar, sparkline } from '../../../src/view/charts/bar.ts'

test('a bar fills its columns by eighths', () => {
  expect(bar(0, 4)).toEqual({ full: '', rest: '░░░░' })
  expect(bar(0.5, 4)).toEqual({ full: '██', rest: '░░' })
  expect(bar(1 / 32, 4)).toEqual({ full: '▏', rest: '░░░' })
  expect(bar(1, 4)).toEqual({ full: '████', rest: '' })
})

test('a bar of any fraction has its width', () => {
  for (const fraction of [-1, 0, 0.01, 0.333, 0.99, 1, 7])
    for (const columns of [0, 1, 8, 30]) {
      const { full, rest } = bar(fraction, columns)
      expect((full + rest).length).toBe(columns)
    }
})

test('a sparkline has the shape of its values', () => {
  expect(sparkline([1, 2, 3], 10)).toBe('▁▅█')
  expect(sparkline([3, 1], 10)).toBe('█▁')
  expect(sparkline([2, 2, 2], 10)).toBe('▁▁▁')
})

test('a sparkline of more values than columns shows means, and leaves out what is not finite', () => {
  expect(sparkline([0, 0, 8, 8], 2)).toBe('▁█')
  expect(sparkline([1, Number.NaN, 2], 10)).toBe('▁█')
  expect([sparkline([], 10), sparkline([Number.NaN], 10), sparkline([1], 0)]).toEqual(['', '', ''])
})
