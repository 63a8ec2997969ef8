/** ONNX Runtime: the suite of all engines, and the same bytes whenever, and on however many threads, it computes. */

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { loadEngine } from '../../src/engine/load.ts'
import { differentiate } from '../../src/model/gradients/differentiate.ts'
import type { Graph } from '../../src/model/graph.ts'
import { withCrossEntropy } from '../../src/model/training/loss.ts'
import { feedsOf } from './feeds.ts'
import { architecture } from './stdlib.ts'
import { engineSuite } from './suite.ts'

engineSuite(() => loadEngine('onnx'))

// Large enough that ONNX Runtime shares the work of every kind of node among its threads.
const vocab = 600
const size = { vocab, dim: 64, layers: 2, heads: 4, context: 64 }
const sizes = { batch: 8, time: 64 }
const steps: readonly (readonly [string, Graph])[] = ['gpt2', 'llama'].map((name) => [
  name,
  differentiate(withCrossEntropy(architecture(name, size, sizes))),
])

describe.each(steps)('a training step of %s', (_, step) => {
  // Few ids, so that threads would meet in the rows of tables.
  const feeds = feedsOf(step, 3)

  /** The digest of each output, of `runs` runs on `threads` threads. */
  async function digests(threads: number, runs: number): Promise<Record<string, string>[]> {
    const executable = await (await loadEngine('onnx')).compile(step, { threads })
    const found: Record<string, string>[] = []
    for (let i = 0; i < runs; i++) {
      const outputs = Object.entries(await executable.run(feeds))
      found.push(Object.fromEntries(outputs.map(([name, { data }]) => [name, digest(data)])))
    }
    await executable.dispose()
    return found
  }

  test('gives the same bytes every time, on 1, 2 and 3 threads', async () => {
    const [first, ...others] = [...(await digests(2, 3)), ...(await digests(1, 1)), ...(await digests(3, 2))]
    for (const other of others) expect(other).toEqual(first)
  })
})

function digest(data: Float32Array | Int32Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16)
}
