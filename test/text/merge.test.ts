/** Merging by rank equals the plainest way to do it, for short pieces (scanned) and long ones (heap). */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Merger, type Merges } from '../../src/text/bpe/merge.ts'
import { Ids } from '../../src/text/ids.ts'

/** Looks at every pair, joins the best one, and starts over. */
function plainly(symbols: number[], merges: Merges): number[] {
  for (;;) {
    let best = { rank: Number.POSITIVE_INFINITY, at: -1 }
    for (let at = 0; at + 1 < symbols.length; at++) {
      for (let rank = 0; rank < merges.left.length && rank < best.rank; rank++) {
        if (merges.left[rank] === symbols[at] && merges.right[rank] === symbols[at + 1]) best = { rank, at }
      }
    }
    if (best.at === -1) return symbols
    symbols.splice(best.at, 2, merges.result[best.rank]!)
  }
}

/** Merges of an alphabet of three bytes, in any order, some of them of tokens that cannot come to be. */
const someMerges = fc
  .uniqueArray(fc.tuple(fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 12, selector: (pair) => pair.join() })
  .map((pairs) => ({
    left: pairs.map(([a]) => a),
    right: pairs.map(([, b]) => b),
    result: pairs.map((_, i) => 3 + i),
  }))

it.each([
  ['short', 1, 48],
  ['long', 49, 200],
])('of %s pieces', (_name, minLength, maxLength) => {
  const piece = fc.uint8Array({ minLength, maxLength, max: 2 })
  fc.assert(
    fc.property(someMerges, piece, (merges, bytes) => {
      const into = new Ids()
      new Merger(merges).merge(Int32Array.from(bytes), bytes.length, into)
      expect([...into.slice()]).toEqual(plainly([...bytes], merges))
    }),
    { numRuns: 500 },
  )
})

it('takes a piece of 200,000 equal bytes without growing quadratically', () => {
  const count = 16
  const merges = {
    left: Array.from({ length: count }, (_, i) => (i === 0 ? 97 : 255 + i)),
    right: Array.from({ length: count }, (_, i) => (i === 0 ? 97 : 255 + i)),
    result: Array.from({ length: count }, (_, i) => 256 + i),
  }
  const into = new Ids()
  new Merger(merges).merge(new Int32Array(200_000).fill(97), 200_000, into)
  // 200,000 = 3 × 65,536 + 3,392, and 3,392 = 2,048 + 1,024 + 256 + 64
  expect([...into.slice()]).toEqual([271, 271, 271, 266, 265, 263, 261])
})
