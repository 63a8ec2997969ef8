/** Batches and validation: each target once, windows as they stand in the corpus, the loss by its definition. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TokenReader } from '../../src/text/tokens.ts'
import { makeBatch, windowsInOrder } from '../../src/train/batches/batches.ts'
import { Dealer } from '../../src/train/batches/dealer.ts'
import { Windows, type WindowsSettings } from '../../src/train/batches/windows.ts'
import { tokensOf } from './small.ts'

/** The windows of one corpus. */
function windowsOf(reader: TokenReader, time: number, seed: number, order: WindowsSettings['order']): Windows {
  return new Windows([reader], { time, seed, order, phases: [{ start: 0, shares: [1] }] })
}

describe('windowsInOrder', () => {
  it('gives each token but the first as a target once, whatever the sizes', () => {
    const reader = tokensOf(2)
    const all = [...reader.window(0, reader.length)]
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }), (size, time) => {
        const batch = makeBatch(size, time)
        const seen: number[] = []
        for (let from = 0; from + 1 < reader.length; ) {
          const count = windowsInOrder(batch, reader, time, from, reader.length)
          expect(batch.total[0]).toBe(count)
          batch.counts.forEach((weight, i) => {
            if (weight === 1) seen.push(batch.targets[i]!)
          })
          from += count
        }
        expect(seen).toEqual(all.slice(1))
      }),
      { numRuns: 30 },
    )
  })
})

describe('windows in random order', () => {
  const reader = tokensOf(3)

  it('takes windows as they stand, each target the token that follows', () => {
    const text = [...reader.window(0, reader.length)].join(' ')
    const batch = makeBatch(4, 8)
    const windows = windowsOf(reader, 8, 1, 'random')
    for (let index = 0; index < 20; index++) {
      windows.fill(batch, index)
      for (let row = 0; row < 4; row++) {
        const tokens = [...batch.tokens.subarray(8 * row, 8 * row + 8)]
        const targets = [...batch.targets.subarray(8 * row, 8 * row + 8)]
        expect(targets.slice(0, 7)).toEqual(tokens.slice(1))
        expect(text).toContain([tokens[0], ...targets].join(' '))
      }
    }
  })

  it('is fixed by the seed and the index alone, and reaches the first and the last token', () => {
    const draw = (seed: number, index: number) => {
      const batch = makeBatch(2, 4)
      windowsOf(reader, 4, seed, 'random').fill(batch, index)
      return [...batch.tokens]
    }
    expect(draw(1, 5)).toEqual(draw(1, 5))
    expect(draw(1, 5)).not.toEqual(draw(1, 6))
    expect(draw(1, 5)).not.toEqual(draw(2, 5))

    const short = tokensOf(1, 'abcd')
    const batch = makeBatch(64, 3)
    windowsOf(short, 3, 1, 'random').fill(batch, 0)
    expect(new Set([...batch.tokens].filter((_, i) => i % 3 === 0))).toEqual(new Set(short.window(0, 2)))
  })
})

describe('shuffled windows', () => {
  const reader = tokensOf(3)
  const all = [...reader.window(0, reader.length)]

  it('has each token once in a pass, but for fewer than a window at either end, in windows as they stand', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 50 }), fc.nat(9), (size, time, seed) => {
        const batch = makeBatch(size, time)
        const windows = windowsOf(reader, time, seed, 'shuffled')
        const count = Math.max(1, Math.floor((all.length - time) / time))
        const seen: number[] = []
        for (let index = 0; index * size < count; index++) {
          windows.fill(batch, index)
          for (let row = 0; row < size && index * size + row < count; row++) {
            const tokens = [...batch.tokens.subarray(row * time, (row + 1) * time)]
            const targets = [...batch.targets.subarray(row * time, (row + 1) * time)]
            expect(targets.slice(0, -1)).toEqual(tokens.slice(1))
            seen.push(...targets)
          }
        }
        // As a bag it is a piece of the corpus without a gap.
        const bag = (ids: readonly number[]) => [...ids].sort((a, b) => a - b).join(' ')
        const places = Array.from({ length: all.length - seen.length }, (_, from) => from + 1)
        expect(places.some((from) => bag(all.slice(from, from + seen.length)) === bag(seen))).toBe(true)
        expect(all.length - 1 - seen.length).toBeLessThan(2 * time)
      }),
      { numRuns: 60 },
    )
  })

  it('is fixed by the seed and the index, wherever it begins, and another in each pass', () => {
    const draw = (windows: Windows, index: number) => {
      const batch = makeBatch(3, 7)
      windows.fill(batch, index)
      return [...batch.tokens]
    }
    const whole = windowsOf(reader, 7, 1, 'shuffled')
    const count = Math.floor((all.length - 7) / 7)
    const drawn = Array.from({ length: count }, (_, index) => draw(whole, index))
    expect(draw(windowsOf(reader, 7, 1, 'shuffled'), 10)).toEqual(drawn[10])
    expect(draw(windowsOf(reader, 7, 2, 'shuffled'), 10)).not.toEqual(drawn[10])
    // Three passes in as many batches as a pass has windows.
    const passes = [0, 1, 2].map((pass) =>
      drawn
        .flat()
        .slice(pass * count * 7, (pass + 1) * count * 7)
        .join(' '),
    )
    expect(new Set(passes).size).toBe(3)
  })

  it('does with as few tokens as one window has', () => {
    const short = tokensOf(1, 'abcd')
    const batch = makeBatch(2, 4)
    windowsOf(short, 4, 1, 'shuffled').fill(batch, 0)
    expect([...batch.targets.subarray(0, 4)]).toEqual([...short.window(1, 4)])
  })
})

/** Shares that add up to 1, none 0. */
const shares = fc
  .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.map((part) => part / parts.reduce((sum, each) => sum + each, 0)))

describe('the dealer', () => {
  it('keeps every source within 1 − 1/(2k − 2) places of its share, after every place', () => {
    fc.assert(
      fc.property(shares, (own) => {
        const dealer = new Dealer(own)
        const counts = own.map(() => 0)
        const bound = own.length === 1 ? 0 : 1 - 1 / (2 * own.length - 2)
        for (let n = 1; n <= 2000; n++) {
          counts[dealer.next()]!++
          for (const [i, share] of own.entries()) expect(Math.abs(counts[i]! - share * n)).toBeLessThan(bound + 1e-6)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('never deals to a source with the share 0, and deals a rare source in time', () => {
    const dealer = new Dealer([0.999, 0, 0.001])
    const dealt = Array.from({ length: 2000 }, () => dealer.next())
    expect(dealt.filter((source) => source === 2)).toHaveLength(2)
    expect(dealt).not.toContain(1)
  })
})

describe('a mixture', () => {
  // Corpora of different letters, so that a window tells where it comes from.
  const corpora = ['a', 'b', 'c'].map((letter, i) => tokensOf(1, letter.repeat(400 * (i + 1))))
  const ids = corpora.map((reader) => reader.window(0, 1)[0]!)
  const time = 8
  const mixed = (phases: WindowsSettings['phases'], order: WindowsSettings['order'] = 'shuffled', sources = corpora) =>
    new Windows(sources, { time, seed: 5, order, phases })
  /** The letters of the rows of some batches, and their windows. */
  const draw = (windows: Windows, rows: number, indices: readonly number[]) => {
    const batch = makeBatch(rows, time)
    return indices.map((index) => {
      const ofRows = [...windows.fill(batch, index)]
      expect(ofRows.map((source) => ids[source])).toEqual(ofRows.map((_, row) => batch.tokens[row * time]))
      return { ofRows, tokens: [...batch.tokens] }
    })
  }
  const counts = (drawn: readonly { ofRows: readonly number[] }[]) =>
    corpora.map((_, source) => drawn.flatMap(({ ofRows }) => ofRows).filter((each) => each === source).length)
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

  it('has its shares in every batch, in another order of rows', () => {
    const drawn = draw(mixed([{ start: 0, shares: [0.5, 0.3, 0.2] }]), 10, upTo(50))
    for (const each of drawn) expect(counts([each])).toEqual([5, 3, 2])
    expect(new Set(drawn.map(({ ofRows }) => ofRows.join(''))).size).toBeGreaterThan(40)
    // No row belongs to one source: whatever part of a batch a process computes, it sees all of them.
    for (const row of upTo(10)) expect(new Set(drawn.map(({ ofRows }) => ofRows[row])).size).toBe(3)
  })

  it('is what it was: another order would be another version of `pretrain`', () => {
    const drawn = draw(mixed([{ start: 0, shares: [0.5, 0.3, 0.2] }]), 10, upTo(6))
    expect(drawn.map(({ ofRows }) => ofRows.join(''))).toMatchInlineSnapshot(`
      [
        "1100010022",
        "2101020010",
        "1001220010",
        "2210011000",
        "0121012000",
        "0210012010",
      ]
    `)
  })

  it('keeps a share that is less than a row of a batch, over several batches', () => {
    const drawn = draw(mixed([{ start: 0, shares: [0.97, 0.02, 0.01] }]), 4, upTo(100))
    expect(counts(drawn)).toEqual([388, 8, 4])
  })

  it('changes its shares where a phase starts, and each source continues where it was', () => {
    const phases = [
      { start: 0, shares: [1, 0, 0] },
      { start: 3, shares: [0.25, 0.25, 0.5] },
    ]
    const windows = mixed(phases)
    const drawn = draw(windows, 4, upTo(13))
    expect(counts(drawn.slice(0, 3))).toEqual([12, 0, 0])
    expect(counts(drawn.slice(3))).toEqual([10, 10, 20])
    expect(windows.drawn).toEqual([22, 10, 20])
  })

  it('learns no window of a source twice before it learned all, also across phases', () => {
    const text = Array.from({ length: 300 }, (_, i) =>
      String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26)),
    ).join('')
    const sources = [tokensOf(1, text), corpora[1]!]
    const windows = mixed(
      [
        { start: 0, shares: [0.5, 0.5] },
        { start: 8, shares: [0.75, 0.25] },
      ],
      'shuffled',
      sources,
    )
    const batch = makeBatch(4, time)
    const seen: string[] = []
    const pass = Math.floor((sources[0]!.length - 1 - (time - 1)) / time)
    for (let index = 0; seen.length < pass; index++)
      for (const [row, source] of windows.fill(batch, index).entries())
        if (source === 0 && seen.length < pass) seen.push(batch.tokens.subarray(row * time, (row + 1) * time).join(' '))
    expect(new Set(seen).size).toBe(pass)
  })

  it('draws the same batch whichever batches were drawn before', () => {
    const phases = [
      { start: 0, shares: [0.5, 0.3, 0.2] },
      { start: 6, shares: [0.1, 0.1, 0.8] },
    ]
    for (const order of ['shuffled', 'random'] as const) {
      const whole = draw(mixed(phases, order), 3, upTo(12))
      for (const index of [0, 5, 6, 11]) expect(draw(mixed(phases, order), 3, [index])).toEqual([whole[index]])
      expect(draw(mixed(phases, order), 3, [11, 2])).toEqual([whole[11], whole[2]])
    }
  })
})
