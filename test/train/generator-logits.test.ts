/** Writing with models whose logits are not simply one product with a table: they are those of the whole forward. */

import { expect, it } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { Random } from '../../src/core/values/random.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { architecture } from '../../src/language/architecture.ts'
import { bind } from '../../src/model/bind.ts'
import { Generator } from '../../src/train/generation/generator.ts'
import { plainSampling } from '../../src/train/generation/sampling.ts'
import { randomWeights } from './random-weights.ts'

const vocab = 11
const context = 64

/** The logits of each model, from x [batch, time, 8]. */
const heads = {
  'one product, capped': 'softcap(linear(x, vocab, bias: true), 5)',
  'the sum of two products': 'linear(x, vocab) + linear(shift(x), vocab)',
  'a product, scaled by another token': 'linear(x, vocab) * exp(linear(shift(x, 2), 1))',
  'a product with the logits of the token before': 'shift(linear(x, vocab)) + linear(x, vocab)',
  'a part of a product': 'slice(linear(x, 16), 0, 11)',
  'no product: a bigram model': 'embedding(tokens, vocab, vocab)',
  'a convolution wider than the prompt': 'linear(x + conv1d(x, 40, init: normal(0.2)), vocab)',
}

it.each(Object.entries(heads))('%s', async (_, head) => {
  const { program, problems } = parse(
    'net',
    `model net(vocab, context) {\n  x = embedding(tokens, vocab, 8)\n  ${head}\n}\n`,
  )
  expect(problems).toEqual([])
  const model = architecture(program, 'net', { vocab, context })
  const weights = randomWeights(model, vocab, 1, 40)
  const engine = await loadEngine('onnx')
  const prompts = [[1, 2, 3], [4], Array.from({ length: 35 }, (_, i) => (i * 7) % vocab)]
  const generator = new Generator(engine, model, { vocab, batch: 3, threads: 1 })
  const greedy = { ...plainSampling, temperature: 0, maxTokens: 12, stop: [] }
  const randoms = prompts.map((_, i) => new Random(1, 'sampling', i))
  const written = await generator.complete(weights, prompts, greedy, randoms)
  await generator.dispose()

  const whole = await engine.compile(bind(model.graph, { batch: 1, time: context, vocab }), { threads: 1 })
  const ints = (data: Int32Array) => ({ dtype: 'int32', shape: [1, context], data }) as const
  const positions = ints(Int32Array.from({ length: context }, (_, i) => i))
  for (const [i, prompt] of prompts.entries()) {
    const ids = [...prompt]
    for (const id of written[i]!.tokens) {
      // Later tokens change nothing: they are 0.
      const tokens = new Int32Array(context)
      tokens.set(ids)
      const { logits } = await whole.run({ ...weights, tokens: ints(tokens), positions })
      const last = (logits!.data as Float32Array).subarray((ids.length - 1) * vocab, ids.length * vocab)
      expect(id).toBe(last.indexOf(Math.max(...last)))
      ids.push(id)
    }
    expect(ids).toHaveLength(prompt.length + 12)
  }
  await whole.dispose()
})
