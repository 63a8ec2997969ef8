/** Strange models write texts on the engine torch. Runs where LLMPIPE_PYTHON has torch. */

import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/core/values/random.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { Generator } from '../../../src/train/generation/generator.ts'
import { plainSampling } from '../../../src/train/generation/sampling.ts'
import { feedsOf } from '../../engine/feeds.ts'
import { strange, strangeSpec } from '../../engine/torch/emit/strange.ts'
import { python } from './modules.ts'

describe.skipIf(python === undefined)('the engine torch', () => {
  // The first two have no attention, so that there are no keys and values to remember.
  it.each([
    'names of Python and of nn.Module',
    'one layer',
    'attention of all sorts',
    'attention within windows',
    'rotary positions of all sorts',
    'earlier tokens',
  ])('writes the texts of onnx: %s', async (name) => {
    const weights = feedsOf(strange[name]!, 11)
    const write = async (engine: Engine) => {
      const generator = new Generator(engine, strangeSpec(name), { vocab: 11, batch: 2, threads: 1 })
      const writing = { ...plainSampling, temperature: 0, maxTokens: 5, stop: [] }
      const randoms = [0, 1].map((i) => new Random(1, 'text', i))
      const texts = await generator.complete(weights, [[1, 2], [3]], writing, randoms)
      await generator.dispose()
      return texts.map(({ tokens }) => tokens)
    }
    expect(await write(await loadEngine('torch'))).toEqual(await write(await loadEngine('onnx')))
  })
})
