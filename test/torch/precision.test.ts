/** A training in bfloat16 learns as one in float32 does, with other last bits. Runs where LLMPIPE_PYTHON has torch. */

import { describe, expect, it } from 'vitest'
import type { StageEvent } from '../../src/core/event.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { architecture, settings, sizes, tokensOf, train } from '../train/small.ts'

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('bfloat16', () => {
  it('gives losses near those of float32', async () => {
    const engine = await loadEngine('torch')
    const model = architecture('llama', sizes)
    const [full, half] = await Promise.all(
      (['float32', 'bfloat16'] as const).map(async (precision) => {
        const events: StageEvent[] = []
        await train({ model, on: tokensOf(40), events, engine, settings: { ...settings, steps: 40, precision } })
        return events.flatMap((event) => (event.event === 'metric' && event.loss !== undefined ? [event.loss] : []))
      }),
    )
    expect(full).toHaveLength(40)
    expect(half).toHaveLength(40)
    expect(half).not.toEqual(full)
    for (const [i, loss] of full!.entries()) expect(Math.abs(half![i]! - loss)).toBeLessThan(0.05)
  })
})
