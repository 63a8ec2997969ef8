/** The canonical text of JSON values, against the same said in another way: sort everything, then let JSON write it. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical, type Json } from '../../src/core/values/json.ts'

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sorted)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member as Json)]))
}

test('is what JSON writes once the members are sorted', () => {
  // Names that look like numbers have a place of their own in every object, so there is no sorting them this way.
  const name = fc.string({ maxLength: 3 }).filter((text) => !/^\d+$/.test(text) && text !== '__proto__')
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, -0, 1e21, 0.1, ''),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(value, (json) => {
      expect(canonical(json)).toBe(JSON.stringify(sorted(json)))
    }),
  )
})

test('members that are undefined are absent, at any depth', () => {
  expect(canonical([['a', { b: undefined, a: [{ c: undefined }] }]])).toBe('[["a",{"a":[{}]}]]')
})
