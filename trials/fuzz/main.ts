/**
 * Broken programs by the ten thousand, through the compiler and the formatter: the long form of test/language/fuzz.test.ts.
 *
 *     npm run trial fuzz -- [PROGRAMS] [SEED]
 *
 * A failure is a crash, a program that takes more than two seconds of processor time, a diagnostic outside of the text, or a program that `fmt` changes.
 */

import { broken, corpus, generator } from '../../test/language/fuzz.ts'
import { faultOf } from '../../test/language/fuzz-check.ts'
import { endTrial } from '../end.ts'

/** The most processor time that a program may take, in milliseconds. Other processes do not count: a trial may run on a busy machine. */
const slow = 2000
const count = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
const random = generator(seed)
const texts = corpus()
let [faults, slowest] = [0, 0]
const began = performance.now()
for (let i = 0; i < count; i++) {
  const text = broken(random, texts)
  const start = process.cpuUsage()
  let fault: string | undefined
  try {
    fault = faultOf(text)
  } catch (error) {
    fault = `it crashes: ${(error as Error).stack}`
  }
  const { user, system } = process.cpuUsage(start)
  const took = (user + system) / 1000
  slowest = Math.max(slowest, took)
  if (took > slow) fault ??= `it takes ${Math.round(took)} ms`
  if (fault !== undefined) {
    faults++
    console.log(`${i}: ${fault}\n${JSON.stringify(text)}\n`)
  }
  if ((i + 1) % 10_000 === 0) console.log(`${i + 1} programs, ${faults} faults, slowest ${Math.round(slowest)} ms`)
}
endTrial(`fuzz: ${count} programs, seed ${seed}, slowest ${Math.round(slowest)} ms`, began, {}, { faults })
