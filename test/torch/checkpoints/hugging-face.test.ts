/** Exported weights in Python's transformers, and weights of transformers here: the same logits. Runs where LLMPIPE_PYTHON has it. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEngine } from '../../../src/engine/load.ts'
import { torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { bind } from '../../../src/model/bind.ts'
import type { Graph } from '../../../src/model/graph.ts'
import { weights } from '../../../src/stages/training/weights.ts'
import { openParts } from '../../../src/store/parts.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { saveTokenizer } from '../../../src/text/load.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { loadWeights } from '../../../src/train/weights/weights.ts'
import { inputFileOf } from '../../core/input-file.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { newFolder, savedWeights } from '../../train/saved.ts'
import { runPython } from '../run-python.ts'

const python = process.env.LLMPIPE_PYTHON
const template = stdTemplate('chatml')
const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', template.tokens))
const services = {
  engine: loadEngine,
  pageFile: () => undefined,
  onnxFiles: () => Promise.reject(new Error('no ONNX here')),
  torchModule: async (graph: Graph, name: string) => torchModule(graph, { name }),
  architecture: async (name: string, sizes: object) =>
    architecture(name, sizes as Readonly<Record<string, ModelArgument>>),
}
const prompt = [...tokenizer.encode('Call me Ishmael.')]
const common = { vocab: tokenizer.size, dim: 48, layers: 3, heads: 6, context: 40 }
const ours = {
  llama: architecture('llama', { ...common, kv_heads: 2, rope_base: 5000 }),
  gpt2: architecture('gpt2', common),
  'gpt2 without biases': architecture('gpt2', { ...common, bias: false }),
}
const theirs = ['llama float32', 'llama bfloat16', 'gpt2 float32', 'gpt2 float16', 'mistral float32']

interface Answers {
  readonly exported: Readonly<
    Record<string, { readonly logits: number[][]; readonly ends: number[]; readonly ids: number[] }>
  >
  readonly made: Readonly<Record<string, { readonly folder: string; readonly logits: number[][] }>>
}

async function logitsOf(folder: string): Promise<number[][]> {
  const { model, tensors } = loadWeights(folder)
  const graph = bind(model.graph, { batch: 1, time: prompt.length, vocab: tokenizer.size })
  const executable = await (await loadEngine('onnx')).compile(graph, { threads: 1 })
  const shape = [1, prompt.length]
  const ids = { dtype: 'int32', shape, data: Int32Array.from(prompt) } as const
  const positions = { dtype: 'int32', shape, data: Int32Array.from(prompt, (_, i) => i) } as const
  const { logits } = await executable.run({ ...tensors, tokens: ids, positions })
  const size = tokenizer.size
  return prompt.map((_, t) => Array.from((logits!.data as Float32Array).subarray(t * size, (t + 1) * size)))
}

function expectNear(got: readonly number[][], expected: readonly number[][]) {
  let most = 0
  for (const [t, row] of expected.entries())
    for (const [id, logit] of row.entries()) most = Math.max(most, Math.abs(logit - got[t]![id]!))
  expect(most).toBeLessThan(1e-4)
}

describe.skipIf(python === undefined)('transformers', () => {
  const folder = newFolder()
  const saved: Record<string, string> = {}
  let answers: Answers

  beforeAll(async () => {
    const exported: Record<string, string> = {}
    for (const [name, model] of Object.entries(ours)) {
      saved[name] = savedWeights(model, tokenizer, { template })
      exported[name] = newFolder()
      await writeHuggingFace(saved[name], exported[name], services.architecture)
    }
    const made = Object.fromEntries(theirs.map((name) => [name, newFolder()]))
    const asked = { exported, made, prompt, vocab: tokenizer.size, conversation: [{ role: 'user', content: 'Hi' }] }
    writeFileSync(join(folder, 'asked.json'), JSON.stringify(asked))
    await runPython('test/torch/python/check_hugging_face.py', [
      join(folder, 'asked.json'),
      join(folder, 'answers.json'),
    ])
    answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(Object.keys(ours))('loads an exported %s, with the same logits', async (name) => {
    const { logits, ends, ids } = answers.exported[name]!
    expectNear(await logitsOf(saved[name]!), logits)
    expect(ends).toEqual([tokenizer.special.get('<|im_end|>'), tokenizer.endOfText])
    expect(tokenizer.decode(ids)).toBe('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n')
  })

  it.each(theirs)('wrote %s, which is read with the same logits', async (name) => {
    const { folder: made, logits } = answers.made[name]!
    saveTokenizer(made, tokenizer)
    const out = newFolder()
    const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']
    const { run } = await weights.load!()
    await run(
      {
        params: { chat: false },
        hints: {},
        inputs: {},
        files: { path: names.map((each) => inputFileOf(join(made, each), each)) },
        models: {},
        outputs: { out },
        work: newFolder(),
        people: newFolder(),
        parts: openParts(newFolder(), ''),
        threads: 1,
        emit: () => undefined,
        signal: new AbortController().signal,
      },
      services,
    )
    expectNear(await logitsOf(out), logits)
  })
})
