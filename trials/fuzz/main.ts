/**
 * Very many broken programs through the compiler and the formatter: a longer run of test/language/fuzz.test.ts, with a clock.
 *
 *     npm run trial fuzz -- [PROGRAMS] [SEED]
 *
 * Ends with 1 if one crashes, takes more than two seconds, gets a diagnostic outside of its text, or is changed by fmt.
 */

import { broken, corpus, generator } from '../../test/language/fuzz.ts'
import { faultOf } from '../../test/language/fuzz-check.ts'

const slow = 2000
const count = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
const random = generator(seed)
const texts = corpus()
let [faults, slowest] = [0, 0]
for (let i = 0; i < count; i++) {
  const text = broken(random, texts)
  const start = performance.now()
  let fault: string | undefined
  try {
    fault = faultOf(text)
  } catch (error) {
    fault = `it crashes: ${(error as Error).stack}`
  }
  const took = performance.now() - start
  slowest = Math.max(slowest, took)
  if (took > slow) fault ??= `it takes ${Math.round(took)} ms`
  if (fault !== undefined) {
    faults++
    console.log(`${i}: ${fault}\n${JSON.stringify(text)}\n`)
  }
  if ((i + 1) % 10_000 === 0) console.log(`${i + 1} programs, ${faults} faults, slowest ${Math.round(slowest)} ms`)
}
console.log(`seed ${seed}: ${count} programs, ${faults} faults, slowest ${Math.round(slowest)} ms`)
process.exitCode = faults > 0 ? 1 : 0
