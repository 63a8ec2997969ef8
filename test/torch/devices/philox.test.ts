/** The generator of the worker is that of llmpipe, bit for bit. */

import { expect, it } from 'vitest'
import { Random } from '../../../src/core/values/random.ts'
import { runPython } from '../run-python.ts'

const python = process.env.LLMPIPE_PYTHON

it.skipIf(python === undefined)('the worker draws the same bits and the same masks of dropout', async () => {
  const streams = [
    [1, 'dropout 0', 0, 10, 0.1],
    [42, 'layers.3.attention', 7, 1001, 0.5],
    [2 ** 53 - 1, 'é', 2 ** 40 + 5, 33, 0.999],
    [-3, '', 2 ** 32 - 1, 4, 1 / 3],
  ] as const
  const theirs = JSON.parse(await runPython('test/torch/python/check_philox.py', [JSON.stringify(streams)]))
  const ours = streams.map(([seed, purpose, step, count, rate]) => {
    const random = new Random(seed, purpose, step)
    const words = Array.from({ length: count }, () => random.bits())
    return { words, mask: words.map((bits) => (bits < rate * 2 ** 32 ? 0 : 1)) }
  })
  expect(theirs).toEqual(ours)
})
