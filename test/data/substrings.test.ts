/** Repeated substrings: suffix arrays against sorting, copies against brute force, and the stage against the definition of Lee et al. 2021. */

import { statSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/values/json.ts'
import { copiesIn, cutsOf, markCopies, separator, withoutStretches } from '../../src/data/dedup/repeated-substrings.ts'
import { type Steps, suffixArray } from '../../src/data/dedup/suffix-array.ts'
import { Marks } from '../../src/data/marks.ts'
import { kinds } from '../../src/stages/index.ts'
import { compileText, Rig } from './rig.ts'

/** The result of a computation, after all of its steps. */
function taken<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Bytes of few symbols, in which much is repeated. */
const bytes = (most: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(3), { maxLength: most }))
    .map(([symbols, all]) => Uint8Array.from(all, (each) => each % symbols))

describe('a suffix array', () => {
  const naive = (text: Uint8Array) =>
    [...text.keys()].sort((a, b) => Buffer.compare(text.subarray(a), text.subarray(b)))

  test('has the places of the suffixes in their order', () => {
    fc.assert(
      fc.property(bytes(60), (text) => void expect([...taken(suffixArray(text, 256))]).toEqual(naive(text))),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (text) => void expect([...taken(suffixArray(text, 256))]).toEqual(naive(text)),
      ),
    )
  })

  test('of texts in which everything is repeated', () => {
    let [a, b] = ['a', 'ab']
    while (b.length < 2000) [a, b] = [b, b + a]
    for (const text of ['a'.repeat(2000), 'ab'.repeat(1000), b, `${'a'.repeat(999)}b`, `b${'a'.repeat(999)}`])
      expect([...taken(suffixArray(Buffer.from(text), 256))]).toEqual(naive(Buffer.from(text)))
  })
})

/** The places of windows that are equal to an earlier one that they do not overlap, by the definition. */
function copiesByForce(text: Uint8Array, length: number): number[] {
  const found: number[] = []
  for (let place = 0; place + length <= text.length; place++) {
    const window = text.subarray(place, place + length)
    if (window.includes(separator)) continue
    for (let before = 0; before + length <= place; before++)
      if (Buffer.compare(text.subarray(before, before + length), window) === 0) {
        found.push(place)
        break
      }
  }
  return found
}

/** Texts one after the other, each with the separator behind it. */
const texts = fc
  .array(bytes(25), { maxLength: 6 })
  .map((all) => all.map((text) => Uint8Array.from([...text, separator])))
const joined = (all: readonly Uint8Array[]) => Uint8Array.from(all.flatMap((text) => [...text]))

/** Texts of any length, each with the separator behind it. */
const joinedLong = (all: readonly Uint8Array[]) =>
  Buffer.concat(all.flatMap((text) => [text, Uint8Array.of(separator)]))

describe('copies', () => {
  test('are all windows with an earlier occurrence, and no others', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 6 }), (all, length) => {
        const text = joined(all)
        const found: number[] = []
        taken(markCopies(text, length, (place) => found.push(place)))
        expect(found.sort((a, b) => a - b)).toEqual(copiesByForce(text, length))
      }),
      { numRuns: 2000 },
    )
  })

  test('of long windows are the same: most of their bytes are not compared', () => {
    const long = fc
      .array(fc.tuple(bytes(12), fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 6 })
      .map((parts) => joined(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))))
    const several = fc
      .array(long, { minLength: 1, maxLength: 4 })
      .map((all) => joined([...all, ...all].map((text) => Uint8Array.from([...text, separator]))))
    fc.assert(
      fc.property(several, fc.integer({ min: 10, max: 60 }), (text, length) => {
        const found: number[] = []
        taken(markCopies(text, length, (place) => found.push(place)))
        expect(found.sort((a, b) => a - b)).toEqual(copiesByForce(text, length))
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['one letter', (size: number) => new Uint8Array(2 * size).fill(97)],
    [
      'a long text twice',
      (size: number) => {
        const own = Uint8Array.from({ length: size }, (_, i) => 97 + ((Math.imul(i, 0x9e3779b1) >>> 20) % 23))
        return joinedLong([own, own])
      },
    ],
  ])('are found in a time that does not grow with the length of windows: %s', (_, make) => {
    // Comparing whole windows would read 10^11 bytes.
    const text = make(500_000)
    let found = 0
    taken(markCopies(text, 200_000, () => found++))
    expect(found).toBeGreaterThan(250_000)
  })

  test('are the same in pieces that are compared two by two', async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (all, length, size) => {
          fc.pre(all.length > 0)
          let start = 0
          const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => {
            const own = joined(all.slice(i * size, (i + 1) * size))
            const piece = { start, end: start + own.length, read: () => own }
            start = piece.end
            return piece
          })
          const marks = await copiesIn(pieces, length, async () => {})
          expect([...marks.all()]).toEqual(copiesByForce(joined(all), length))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('are looked for in steps, after each of which the search can be given up', async () => {
    const own = Uint8Array.from({ length: 2_000_000 }, (_, i) => 97 + ((Math.imul(i, 0x9e3779b1) >>> 20) % 23))
    const pieces = [{ start: 0, end: own.length, read: () => own }]
    let steps = 0
    await copiesIn(pieces, 200, async () => void steps++)
    // Each of 14 passes over 2 MB takes 4 steps or more.
    expect(steps).toBeGreaterThan(50)
    for (const last of [1, 10, 40]) {
      let left = last
      const search = copiesIn(pieces, 200, async () => {
        if (--left === 0) throw new Error('given up')
      })
      await expect(search).rejects.toThrow('given up')
      expect(left).toBe(0)
    }
  })

  test('cover stretches, which are cut without a part of a character', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '中', '😀', '\ud83d', 'b'), { maxLength: 12 })
      .map((all) => all.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(30)), fc.integer({ min: 1, max: 5 }), (own, places, length) => {
        const size = Buffer.byteLength(own)
        const marks = new Marks(size + 1)
        const marked = places.filter((place) => place + length <= size)
        for (const place of marked) marks.add(place)
        const isCut = (byte: number) => marked.some((place) => place <= byte && byte < place + length)
        let kept = ''
        let at = 0
        for (const character of own) {
          const width = Buffer.byteLength(character)
          if (!Array.from({ length: width }, (_, i) => at + i).every(isCut)) kept += character
          at += width
        }
        const cuts = cutsOf(size, 0, marks, length)
        expect(withoutStretches(own, cuts)).toBe(kept)
        // Stretches do not touch.
        for (const [i, cut] of cuts.slice(1).entries()) expect(cut.start).toBeGreaterThan(cuts[i]!.end)
      }),
      { numRuns: 1000 },
    )
  })
})

const rig = new Rig()
const dedup = (
  settings: string,
  docs: readonly string[],
  { against = [], hints = {} }: { readonly against?: readonly string[]; readonly hints?: JsonObject } = {},
) => {
  const { program, diagnostics } = compileText(`data x = dedup(read("x"), ${settings})`)
  if (program === undefined) throw new Error(diagnostics[0]!.message)
  const inputs = { docs: [rig.docs(docs, 2)], against: against.length === 0 ? [] : [rig.docs(against)] }
  return rig.run(kinds.dedup!, program.calls[1]!.params, inputs, undefined, undefined, undefined, hints)
}
const notice = 'All rights reserved. No part of this text may be copied.'

describe('dedup(substring)', () => {
  test('removes what occurred before, wherever it begins, and says of what it is a copy', async () => {
    const { texts: left, report } = await dedup('substring, length: 40', [
      `One. ${notice} Two.`,
      `Six; ${notice} Four.`,
      'Five.',
      notice,
    ])
    // The spaces around the notice are repeated too.
    expect(left).toEqual([`One. ${notice} Two.`, 'Six;Four.', 'Five.'])
    expect(report.metrics).toMatchObject({ documents: 3 })
    expect(report.ledger).toMatchObject({
      in: { documents: 4 },
      out: { documents: 3 },
      dropped: [{ rule: 'dedup: documents of repeated text only', documents: 1 }],
      changed: [
        {
          step: 'dedup',
          documents: 1,
          note: `1 repeated substring, ${notice.length + 2} bytes`,
          samples: [
            {
              id: 'd1',
              text: ` ${notice} `,
              value: `${notice.length + 2} bytes`,
              twin: { id: 'd0', dropped: ` ${notice} ` },
            },
            { id: 'd3', twin: { id: 'd0' } },
          ],
        },
      ],
    })
  })

  test('keeps substrings of fewer bytes', async () => {
    const docs = [`One. ${notice} Two.`, `Six; ${notice} Four.`]
    expect((await dedup(`substring, length: ${notice.length + 3}`, docs)).texts).toEqual(docs)
    expect((await dedup(`substring, length: ${notice.length + 2}`, docs)).texts).toEqual([docs[0], 'Six;Four.'])
    // 200 bytes by default.
    expect((await dedup('substring', docs)).texts).toEqual(docs)
    expect((await dedup('substring', [notice.repeat(4), `${notice.repeat(4)}!`])).texts).toEqual([
      notice.repeat(4),
      '!',
    ])
  })

  test('compares with documents that it does not write', async () => {
    const { texts: left } = await dedup('substring, length: 40', [`New. ${notice}`], { against: [notice] })
    expect(left).toEqual(['New. '])
  })

  test('has the same result in pieces, and leaves no file', async () => {
    const docs = Array.from(
      { length: 200 },
      (_, i) => `Page ${i * 7919}. ${i % 3 === 0 ? notice : ''} ${i % 5} end of it ${i % 4}`,
    )
    const whole = await dedup('substring, length: 20', docs)
    const pieces = await dedup('substring, length: 20', docs, { hints: { at_once: 2000 } })
    expect(pieces.rows).toEqual(whole.rows)
    expect(pieces.report).toEqual(whole.report)
    expect(rig.events).toContainEqual(expect.objectContaining({ message: expect.stringContaining('are compared in') }))
    expect(() => statSync('texts.bin')).toThrow()
  })

  test('keeps characters of which only a part is repeated, and texts without copies byte for byte', async () => {
    const docs = ['中文中文中文中文中文中文é', '中文中文中文中文中文中文ê', '\ud83d alone']
    const { texts: left } = await dedup('substring, length: 30', docs)
    expect(left).toEqual([docs[0], 'ê', docs[2]])
  })

  test('shows cuts without parts of characters', async () => {
    // Letters of Cyrillic begin with one of two bytes, and many of Han with the same two: the bytes in common end within a letter.
    const [cyrillic, han] = [
      'Все счастливые семьи похожи друг на друга',
      '话说天下大势，分久必合，合久必分，周末七国分争',
    ]
    const { report } = await dedup('substring, length: 40', [
      `Ф${cyrillic}а`,
      `д${cyrillic}б`,
      `中${han}丰`,
      `串${han}中`,
    ])
    const samples = report.ledger!.changed[0]!.samples!
    expect(samples.map(({ text, twin }) => [text, twin!.kept])).toEqual([
      [cyrillic, cyrillic],
      [han, han],
    ])
  })

  test('settles for nothing', async () => {
    expect((await dedup('substring', [])).texts).toEqual([])
    expect((await dedup('substring', ['', 'a', ''])).texts).toEqual(['', 'a', ''])
  })

  test.each([
    ['exact, length: 50', '`length` is for substring and has no meaning for exact copies'],
    ['substring, threshold: 0.5', '`threshold` is for minhash and has no meaning for substring'],
  ])('dedup(%s) is refused', (settings, message) => {
    const { diagnostics } = compileText(`data x = dedup(read("x"), ${settings})`)
    expect(diagnostics.map((each) => each.message).join()).toContain(message)
  })
})
