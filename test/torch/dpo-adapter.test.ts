/** DPO of a low-rank adapter: the losses of PyTorch and PEFT from the same start. Runs where LLMPIPE_PYTHON has peft. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { spanOf } from '../../src/engine/training-session.ts'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { bind } from '../../src/model/bind.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { writeHuggingFace } from '../../src/train/hugging-face/write.ts'
import { dpo } from '../../src/train/loops/dpo.ts'
import { LearnedWeights, withAdapter } from '../../src/train/weights/learned.ts'
import { saveAdapter } from '../../src/train/weights/lora.ts'
import { views } from '../../src/train/weights/parameters.ts'
import type { StoredTensor } from '../../src/train/weights/safetensors.ts'
import { loadWeights } from '../../src/train/weights/weights.ts'
import { architecture } from '../model/architecture.ts'
import { commonOf } from '../train/all-loops.ts'
import { newFolder, savedWeights } from '../train/saved.ts'
import { reasonToSkip } from './packages.ts'
import { runPython } from './run-python.ts'

const reason = reasonToSkip(['peft'])

const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
/** c_attn of GPT-2 is three matrices here, so that its adapter learns more numbers in PEFT. */
const targets: Readonly<Record<string, readonly string[]>> = { llama: ['q', 'v', 'down'], gpt2: ['o', 'up', 'down'] }
const rankings = Array.from({ length: 6 }, (_, i) => {
  const prompt = [...tokenizer.encode(`Define ${'abcdef'[i]}:`)]
  return {
    sequences: [
      [...prompt, ...tokenizer.encode(' a good answer'), 10],
      [...prompt, ...tokenizer.encode(' bad'), 10],
    ],
    prompts: [prompt.length, prompt.length],
    ranks: [1, 2],
  }
})
const [lr, beta, steps] = [2e-2, 0.3, 5]

it.skipIf(reason !== undefined).each(['llama', 'gpt2'])(
  'the losses of a DPO of an adapter of %s are those of PyTorch',
  async (name) => {
    const sizes = { vocab: tokenizer.size, dim: 32, layers: 2, heads: 4, context: 40 }
    const lora = { rank: 3, alpha: 6, targets: targets[name]! }
    const model = architecture(name, sizes)
    const saved = savedWeights(model, tokenizer)
    const { tensors: weights } = loadWeights(saved)
    const losses: number[] = []
    const tuned = await dpo({
      ...commonOf({ model, weights, vocab: tokenizer.size }),
      emit(event) {
        if (event.event === 'metric' && event.loss !== undefined) losses.push(event.loss)
      },
      settings: {
        ...{
          optimizer: { lr, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 },
          seed: 1,
          epochs: steps,
          batch: rankings.length,
        },
        ...{ schedule: { call: 'constant', warmup: 0 }, beta, loss: 'bradley_terry', lora },
      },
      train: rankings,
      heldOut: [],
    })

    // The adapter before the first step, as PEFT reads it.
    const { graph } = withAdapter(model, { lora }, tokenizer.size)
    const bound = bind(graph, { batch: 1, time: 8, vocab: tokenizer.size })
    const start = new LearnedWeights(bound.weights, { lora, start: weights, seed: 1 })
    const flat = new Float32Array(spanOf(start.slots))
    start.initialize(start.slots, flat)
    const [base, adapter, folder] = [newFolder(), newFolder(), newFolder()]
    const standard = async (architectureName: string, given: object) =>
      architecture(architectureName, given as Readonly<Record<string, ModelArgument>>)
    await writeHuggingFace(saved, base, standard)
    saveAdapter(adapter, { ...lora, tensors: views(start.slots, flat) as Record<string, StoredTensor> }, model)
    const pairs = rankings.map(({ sequences, prompts }) => [...sequences, prompts[0]])
    writeFileSync(join(folder, 'asked.json'), JSON.stringify({ base, adapter, lr, beta, steps, pairs }))
    await runPython('test/torch/python/check_dpo_adapter.py', [
      join(folder, 'asked.json'),
      join(folder, 'answers.json'),
    ])
    const theirs = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))

    expect(losses[0]).toBeCloseTo(Math.LN2, 5)
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.05)
    for (const [i, loss] of losses.entries()) expect(Math.abs(loss - theirs.losses[i])).toBeLessThan(1e-4)
    expect(tuned.learned).toBe(theirs.learned)
  },
  120_000,
)
