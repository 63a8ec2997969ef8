/**
 * Architectures of one's own in transformers, with `trust_remote_code`: the same logits, also beside padding, and the same greedy tokens. Runs if LLMPIPE_PYTHON has
 * transformers and torch.
 */

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from '../../../grammar/parse.ts'
import { Random } from '../../../src/core/values/random.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { architecture as elaborated } from '../../../src/language/architecture.ts'
import { bind } from '../../../src/model/bind.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { Generator } from '../../../src/train/generation/generator.ts'
import { plainSampling } from '../../../src/train/generation/sampling.ts'
import type { TorchSource } from '../../../src/train/hugging-face/own-code.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { loadWeights } from '../../../src/train/weights/weights.ts'
import { architecture } from '../../model/architecture.ts'
import { newFolder, savedWeights } from '../../train/saved.ts'
import { reasonToSkip } from '../packages.ts'
import { runPython } from '../run-python.ts'

const python = process.env.LLMPIPE_PYTHON
const reason = reasonToSkip(['transformers', 'torch', 'ruff'])
const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
const prompt = [...tokenizer.encode('Call me Ishmael.')]
const written = 12

/** Architectures that transformers has no class for, by their names. */
const sources = {
  relu_net: `block mine(x: [batch, time, dim], heads) {
  q = x |> linear(dim) |> split_heads(heads) |> rope(5000)
  k = x |> linear(dim / 2) |> split_heads(heads / 2) |> rope(5000)
  v = x |> linear(dim / 2) |> split_heads(heads / 2)
  o = scaled_dot_product(q, k, v) |> merge_heads() |> linear(dim)
  o
}
model relu_net(vocab, dim, heads, context) {
  table = weight(vocab, dim)
  x = embed(tokens, table)
  repeat 2 {
    x = x + mine(rms_norm(x), heads)
    x = x + linear(relu(linear(rms_norm(x), 2 * dim)), dim)
  }
  unembed(rms_norm(x), table)
}`,
  distances: `model distances(vocab, dim, heads, context) {
  x = embedding(tokens, vocab, dim)
  y = shift(x, 1) + x
  q = y |> linear(dim) |> split_heads(heads)
  k = y |> linear(dim) |> split_heads(heads)
  bias = (key_positions() - query_positions()) * 0.1
  z = scaled_dot_product(q, k, k, bias: bias, window: 6, cap: 5) |> merge_heads()
  linear(layer_norm(x + z), vocab)
}`,
}
const names = ['relu_net', 'distances'] as const
const own = (name: (typeof names)[number]) =>
  elaborated(parse(name, sources[name]).program, name, { vocab: tokenizer.size, dim: 32, heads: 4, context: 64 })

interface Answer {
  readonly logits: number[][]
  /** How far the logits of a text are from those of the same text behind padding, in one batch with a longer text. */
  readonly padded: number
  readonly greedy: number[]
  /** How far the logits are in bfloat16. */
  readonly bfloat16: number
  readonly parameters: number
  readonly loss: number
  /** Whether transformers' Trainer takes the loss for the mean of a batch, as it is. */
  readonly takesMean: boolean
}

describe.skipIf(reason !== undefined)(
  `transformers with the code of a model${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    const saved: Record<string, string> = {}
    const folders: Record<string, string> = {}
    let answers: Readonly<Record<string, Answer>>

    beforeAll(async () => {
      for (const name of names) {
        saved[name] = savedWeights(own(name), tokenizer)
        folders[name] = newFolder()
        const standard = async (each: string, sizes: object) =>
          architecture(each, sizes as Readonly<Record<string, ModelArgument>>)
        const emit: TorchSource = async (graph, title) => torchModule(graph, { name: title })
        await writeHuggingFace(saved[name], folders[name], standard, 'as they came', emit)
      }
      const folder = newFolder()
      const [asked, answered] = [join(folder, 'asked.json'), join(folder, 'answers.json')]
      writeFileSync(asked, JSON.stringify({ folders, prompt, new: written }))
      await runPython('test/torch/python/check_own_code.py', [asked, answered])
      answers = JSON.parse(readFileSync(answered, 'utf8'))
    }, 300_000)

    it.each(names)('computes the same logits: %s', async (name) => {
      const { model, tensors } = loadWeights(saved[name]!)
      const graph = bind(model.graph, { batch: 1, time: prompt.length, vocab: tokenizer.size })
      const executable = await (await loadEngine('onnx')).compile(graph, { threads: 1 })
      const shape = [1, prompt.length]
      const tokens = { dtype: 'int32', shape, data: Int32Array.from(prompt) } as const
      const positions = { dtype: 'int32', shape, data: Int32Array.from(prompt, (_, i) => i) } as const
      const { logits } = await executable.run({ ...tensors, tokens, positions })
      const { logits: theirs, padded, bfloat16, loss, takesMean } = answers[name]!
      const most = theirs.flat().reduce((most, each, i) => Math.max(most, Math.abs(each - logits!.data[i]!)), 0)
      expect(most).toBeLessThan(1e-4)
      expect(padded).toBeLessThan(1e-4)
      expect(bfloat16).toBeLessThan(0.1)
      expect(loss).toBeGreaterThan(1)
      expect(takesMean).toBe(true)
    })

    it.each(names)('generates the same tokens: %s', async (name) => {
      const { model, tensors } = loadWeights(saved[name]!)
      const generator = new Generator(await loadEngine('onnx'), model, { vocab: tokenizer.size, batch: 1, threads: 1 })
      const writing = { ...plainSampling, temperature: 0, maxTokens: written, stop: [] }
      const [text] = await generator.complete(tensors, [prompt], writing, [new Random(1, 'greedy')])
      await generator.dispose()
      expect(answers[name]!.greedy).toEqual(text!.tokens)
      expect(answers[name]!.parameters).toBe(
        model.graph.weights.reduce((sum, each) => sum + tensors[each.name]!.data.length, 0),
      )
    })

    it.each(names)('has code that ruff finds no fault with: %s', (name) => {
      const files = readdirSync(folders[name]!).filter((each) => each.endsWith('.py'))
      expect(files).toEqual([`configuration_${name}.py`, `modeling_${name}.py`])
      for (const command of [
        ['check', '--select', 'E,F,I', '--ignore', 'E501'],
        ['format', '--check'],
      ])
        execFileSync(python!, ['-m', 'ruff', ...command, '--isolated', ...files], {
          cwd: folders[name]!,
          stdio: 'pipe',
        })
    })
  },
)
