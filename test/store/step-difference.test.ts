/** Changes of passes over documents, in the words of the file. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/values/json.ts'
import { changeInWords, difference, type Explained } from '../../src/store/key/difference.ts'
import { type Component, keyOf, manifestOf } from '../../src/store/key/manifest.ts'

type Step = JsonObject & { readonly kind: string }
const pass = (steps: readonly Step[], split = 'lines'): Explained => {
  const params = { source: { kind: 'read', params: { split } }, steps }
  const version = [1, ['read', 1], ...steps.map(({ kind }) => [kind, 1])]
  return { ...manifestOf({ kind: 'documents', version, params }, { inputs: {}, files: {} }), files: {} }
}
const keep = (words: number): Step => ({
  kind: 'keep',
  params: { where: { op: '>', right: words }, $where: `words > ${words}` },
})
const normalize: Step = { kind: 'normalize', params: { unicode: 'nfc' } }
const redact: Step = { kind: 'redact', params: {} }
const gopher: Step = { kind: 'filter', params: { $name: 'gopher', rules: [] } }
const wordy = (...least: readonly number[]): Step => {
  const rules = least.map((right) => ({ $label: `words >= ${right}`, test: { op: '>=', right: { value: right } } }))
  return { kind: 'filter', params: { $name: 'wordy', rules } }
}
const words = (before: Explained, after: Explained) => difference(before, after).map(changeInWords)

describe('a pass', () => {
  test('with the same steps has no difference', () => {
    expect(words(pass([normalize, keep(5)]), pass([normalize, keep(5)]))).toEqual([])
  })
  test('says which step has another setting', () => {
    expect(words(pass([normalize, keep(5)]), pass([normalize, keep(8)]))).toEqual(['keep.where: words > 5 → words > 8'])
    expect(words(pass([], 'lines'), pass([], 'paragraphs'))).toEqual(['read.split: "lines" → "paragraphs"'])
  })
  test('says which rule of a filter has changed, as it is written', () => {
    expect(words(pass([wordy(2, 9)]), pass([wordy(4, 9)]))).toEqual(['wordy: words >= 2 → words >= 4'])
    expect(words(pass([wordy(2)]), pass([wordy(2, 9)]))).toEqual(['wordy: words >= 9 is new'])
    expect(words(pass([wordy(2, 9)]), pass([wordy(2)]))).toEqual(['wordy: words >= 9 is gone'])
  })
  test('with a step more or less reports only that step', () => {
    expect(words(pass([keep(5), redact]), pass([normalize, keep(5), gopher, redact]))).toEqual([
      'normalize is new',
      'gopher is new',
    ])
    expect(words(pass([normalize, keep(5), redact]), pass([normalize, redact]))).toEqual([
      'keep(where: words > 5) is gone',
    ])
  })
  test('compares a changed step with itself, though one was put before it', () => {
    expect(words(pass([keep(5), redact]), pass([normalize, keep(8), redact]))).toEqual([
      'keep.where: words > 5 → words > 8',
      'normalize is new',
    ])
  })
  test('in another order says which step moved', () => {
    expect(words(pass([normalize, redact, keep(5)]), pass([redact, normalize, keep(5)])).sort()).toEqual([
      'normalize is gone',
      'normalize is new',
    ])
  })
  test('made otherwise by llmpipe says so', () => {
    const later = pass([normalize])
    const components = later.components.map(
      ([path, value]): Component => [path, path === 'version.2' ? ['normalize', 2] : value],
    )
    expect(difference(pass([normalize]), { ...later, components })).toMatchObject([{ type: 'version' }])
  })
})

const step = fc.oneof(fc.integer({ min: 0, max: 3 }).map(keep), fc.constantFrom(normalize, redact, gopher))
const steps = fc.array(step, { maxLength: 6 })

test('there is a change exactly where the keys differ', () => {
  fc.assert(
    fc.property(steps, steps, (a, b) => {
      expect(difference(pass(a), pass(b)).length === 0).toBe(keyOf(pass(a)) === keyOf(pass(b)))
    }),
    { numRuns: 2_000 },
  )
})

test('inserting a step anywhere is one change, at its place or at that of an equal step', () => {
  fc.assert(
    fc.property(steps, step, fc.nat(), (before, added, at) => {
      const place = at % (before.length + 1)
      const after = before.toSpliced(place, 0, added)
      const [change, ...others] = difference(pass(before), pass(after))
      expect(others).toEqual([])
      expect(change).toMatchObject({ type: 'step', how: 'added' })
      expect(after[(change as { index: number }).index]).toEqual(added)
    }),
    { numRuns: 2_000 },
  )
})
