/** The rates of rotary positions beside those of transformers, which golden/rotary.py recorded. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { rotationOf, yarnGain } from '../../src/model/attention/rotary.ts'
import type { RotaryScaling } from '../../src/model/ops.ts'

interface Recorded {
  readonly size: number
  readonly base: number
  readonly scaling: RotaryScaling
  readonly rates: readonly number[]
  readonly gain: number
}

const recorded = JSON.parse(readFileSync('test/model/golden/rotary.json', 'utf8')) as readonly Recorded[]

describe('scaled rotary positions have the rates of transformers', () => {
  test.each(recorded)(
    '$scaling.type, factor $scaling.factor, $size numbers',
    ({ size, base, scaling, rates, gain }) => {
      const given = scaling.type === 'yarn' ? { ...scaling, gain: yarnGain(scaling.factor) } : scaling
      const found = rotationOf(size, { base, scaling: given })
      expect(found.gain).toBeCloseTo(gain, 12)
      expect(found.rates).toHaveLength(rates.length)
      for (const [i, rate] of rates.entries())
        expect(Math.abs(found.rates[i]! / rate - 1), `pair ${i}`).toBeLessThan(1e-5)
    },
  )
})
