/** Limits of settings mean what JSON Schema says: ajv finds the same violations. */

import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SettingSchema } from '../../src/core/kind/setting.ts'
import { brokenLimits } from '../../src/language/2-check/settings/ranges.ts'

const limit = fc.integer({ min: -2, max: 4 })
const length = fc.integer({ min: 0, max: 3 })
const limits = fc.record(
  {
    minimum: limit,
    maximum: limit,
    exclusiveMinimum: limit,
    exclusiveMaximum: limit,
    minLength: length,
    minItems: length,
    maxItems: length,
  },
  { requiredKeys: [] },
)
const schema: fc.Arbitrary<SettingSchema> = fc.tuple(limits, fc.option(limits)).map(([own, items]) => ({
  ...own,
  ...(items ? { items: { ...items, description: '' } } : {}),
  description: '',
}))
const scalar = fc.oneof(
  fc.double({ min: -3, max: 5, noNaN: true }),
  fc.integer({ min: -3, max: 5 }),
  fc.string({ maxLength: 4 }),
  fc.boolean(),
)
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }))

test('limits are broken where ajv says so', () => {
  const ajv = new Ajv({ allErrors: true, strict: false })
  fc.assert(
    fc.property(schema, value, (setting, given) => {
      ajv.validate({ properties: { setting } }, { setting: given })
      const theirs = (ajv.errors ?? []).map((error) => error.instancePath.slice(1).replaceAll('/', '.'))
      const ours = brokenLimits({ properties: { setting } }, { setting: given }).map(({ path }) => path)
      expect(ours.sort()).toEqual(theirs.sort())
    }),
    { numRuns: 300 },
  )
})
