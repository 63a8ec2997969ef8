/** The presets of std.presets have the sizes that their models were published with, and learn the tokens of Chinchilla. */

import { expect, test } from 'vitest'
import { catalogue } from '../../src/cli/program/catalogue.ts'
import { readSource } from '../../src/cli/program/sources.ts'
import { elaborateModel } from '../../src/language/3-elaborate/model.ts'
import { compile } from '../../src/language/compile.ts'

/** Parameters as published: the cards of karpathy/llama2.c, HuggingFaceTB/SmolLM2 and openai-community/gpt2 count these. */
const published = {
  llama_260k: 260_032,
  llama_15m: 15_191_712,
  llama_42m: 41_689_600,
  llama_110m: 109_529_856,
  smollm2_135m: 134_515_008,
  smollm2_360m: 361_821_120,
  gpt2_small: 124_439_808,
  gpt2_medium: 354_823_168,
  gpt2_large: 774_030_080,
  gpt2_xl: 1_557_611_200,
}

function compiled(text: string) {
  const read = (path: string) => (path === 'p.llmpipe' ? text : readSource(path))
  const { program, diagnostics } = compile('p.llmpipe', { read, catalogue, params: {}, elaborateModel })
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return program!.calls
}

test.each(Object.entries(published))('%s has the parameters of the published model', (name, parameters) => {
  const calls = compiled(`use std.presets { ${name}, chinchilla, steps_for }
tokenizer b = bytes()
model m = ${name}()
stage base = pretrain(m, on: read("a.txt") |> encode(b)) {
  steps: steps_for(chinchilla(m.parameters), batch: 1, context: 1)
  batch: 1
}
`)
  expect(calls.at(-1)?.params.steps).toBe(20 * parameters)
})

test('steps are as many as learn the tokens, with any vocabulary and context', () => {
  const calls = compiled(`use std.presets { llama_15m, chinchilla, steps_for }
tokenizer b = bytes()
model m = llama_15m(vocab: b.size, context: 128)
stage base = pretrain(m, on: read("a.txt") |> encode(b)) {
  steps: steps_for(chinchilla(m.parameters, tokens_per_parameter: 1), batch: 16, context: m.context, accumulate: 2)
  accumulate: 2
}
`)
  // 257 rows of 288 in place of 32,000.
  const parameters = 15_191_712 - (32_000 - 257) * 288
  expect(calls.at(-1)?.params.steps).toBe(Math.round(parameters / (16 * 128 * 2)))
})
