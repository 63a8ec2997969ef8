/** Names of variants: read, taken apart, and recognized however they are written. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundNames, isMeantBy, isSameName, readVariant } from '../../src/core/variant.ts'

test('a name is read whatever its spaces', () => {
  const variant = { of: 'base', values: { lr: '3e-4', act: '"a, [b]=c"' } }
  expect(readVariant('base[lr=3e-4, act="a, [b]=c"]')).toEqual(variant)
  expect(readVariant('base[lr = 3e-4,act="a, [b]=c" ]')).toEqual(variant)
  expect(readVariant('base')).toBeUndefined()
})

test('names are joined by commas that stand in no brackets and no quotes', () => {
  expect(boundNames('base')).toEqual(['base'])
  expect(boundNames('train,held_out')).toEqual(['train', 'held_out'])
  expect(boundNames('train[a=1, b=","],held_out[a=1, b="\\"],"]')).toEqual([
    'train[a=1, b=","]',
    'held_out[a=1, b="\\"],"]',
  ])
})

test('a name stands for the variants that have its values', () => {
  const name = 'base[lr=3e-4, act="gelu", tied=true]'
  for (const wanted of ['base', name, 'base[lr=0.0003]', 'base[tied=true,lr=3.0e-4]', 'base[act=gelu]'])
    expect(isMeantBy(wanted, name), wanted).toBe(true)
  for (const wanted of ['bas', 'base[lr=3e-3]', 'base[layers=2]', 'base[act=""]', 'other[lr=3e-4]'])
    expect(isMeantBy(wanted, name), wanted).toBe(false)
  expect(isSameName('base[lr=0.0003,act=gelu,tied=true]', name)).toBe(true)
  expect(isSameName('base[lr=0.0003]', name)).toBe(false)
})

test('the value of a variant can be a group', () => {
  const name = 'base[opt=adamw(betas: [0.9, 0.95], lr: 1e-3), n=2]'
  expect(readVariant(name)?.values).toEqual({ opt: 'adamw(betas: [0.9, 0.95], lr: 1e-3)', n: '2' })
  expect(isMeantBy('base[opt=adamw(betas:[0.9,0.95],lr:1e-3)]', name)).toBe(true)
  expect(isMeantBy('base[opt=adamw(lr: 1e-3)]', name)).toBe(false)
  expect(boundNames(`${name},b`)).toEqual([name, 'b'])
})

test('a joined name can be split into the same parts', () => {
  const part = fc
    .tuple(fc.stringMatching(/^[a-z]{1,4}$/), fc.option(fc.string({ maxLength: 6 })))
    .map(([of, text]) => (text === null ? of : `${of}[x=${JSON.stringify(text)}, y=1]`))
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      expect(boundNames(parts.join(','))).toEqual(parts)
    }),
  )
})
