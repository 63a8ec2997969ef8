/** A few thousand broken programs, the same in each run, do not crash the compiler, and `fmt` keeps everything that can be read. */

import { expect, test } from 'vitest'
import { broken, corpus, generator } from './fuzz.ts'
import { faultOf } from './fuzz-check.ts'

const texts = corpus()

test.each([1, 2, 3, 4])(
  'no broken program of seed %d is treated badly',
  (seed) => {
    const random = generator(seed)
    for (let i = 0; i < 400; i++) {
      const text = broken(random, texts)
      const fault = faultOf(text)
      expect(fault, `${fault}: ${JSON.stringify(text)}`).toBeUndefined()
    }
  },
  60_000,
)
