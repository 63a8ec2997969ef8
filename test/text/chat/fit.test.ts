/** Fits conversations that are longer than the context. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fitChat } from '../../../src/text/chat/fit.ts'

const chat = (mask: readonly number[]) => ({
  ids: Uint32Array.from(mask, (_, i) => i + 100),
  mask: Uint8Array.from(mask),
})

it('becomes the expected ids', () => {
  const long = chat([0, 0, 1, 1, 0, 1])
  expect(fitChat(long, 6, 'drop')).toEqual({ ...long, cut: 0, cutLearned: 0 })
  expect(fitChat(long, 5, 'drop')).toEqual({ rule: 'too long' })
  expect(fitChat(long, 3, 'cut_end')).toEqual({
    ids: Uint32Array.of(100, 101, 102),
    mask: Uint8Array.of(0, 0, 1),
    cut: 3,
    cutLearned: 2,
  })
  expect(fitChat(long, 2, 'cut_end')).toEqual({ rule: 'nothing left to learn' })
  expect(fitChat(long, 2, 'cut_start')).toEqual({
    ids: Uint32Array.of(104, 105),
    mask: Uint8Array.of(0, 1),
    cut: 4,
    cutLearned: 2,
  })
  expect(fitChat(chat([1]), 4, 'drop')).toEqual({ rule: 'nothing left to learn' })
})

it('counts everything that it cuts', () => {
  const bits = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 12 })
  const how = fc.constantFrom('cut_end', 'cut_start', 'drop' as const)
  fc.assert(
    fc.property(bits, fc.integer({ min: 1, max: 14 }), how, (mask, context, tooLong) => {
      const whole = chat(mask)
      const fitted = fitChat(whole, context, tooLong)
      const learned = (each: ArrayLike<number>) =>
        Array.from(each)
          .slice(1)
          .filter((bit) => bit === 1).length
      if ('rule' in fitted) {
        if (fitted.rule === 'too long') expect(mask.length > context && tooLong === 'drop').toBe(true)
        return
      }
      expect(fitted.ids.length).toBeLessThanOrEqual(context)
      expect(fitted.ids.length + fitted.cut).toBe(mask.length)
      expect(learned(fitted.mask) + fitted.cutLearned).toBe(learned(mask))
      expect(learned(fitted.mask)).toBeGreaterThan(0)
      const from = whole.ids.indexOf(fitted.ids[0]!)
      expect([...fitted.ids]).toEqual([...whole.ids.subarray(from, from + fitted.ids.length)])
    }),
  )
})
