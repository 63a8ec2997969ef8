/** Adapters of llmpipe in PEFT, and of PEFT in llmpipe: the same logits. Runs where LLMPIPE_PYTHON has peft. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../src/core/values/random.ts'
import type { Tensor } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { bind } from '../../../src/model/bind.ts'
import type { ModelSpec } from '../../../src/model/spec.ts'
import { withOutputs, withScalarHead } from '../../../src/model/training/heads.ts'
import { adapted, loraNames } from '../../../src/model/training/lora.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { pathsIn } from '../../../src/train/hugging-face/folder-files.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { exportAdapter } from '../../../src/train/hugging-face/write-adapter.ts'
import { rewardHead } from '../../../src/train/scores/reward-scores.ts'
import { type Adapter, saveAdapter } from '../../../src/train/weights/lora.ts'
import { readModel } from '../../../src/train/weights/model-folder.ts'
import { views } from '../../../src/train/weights/parameters.ts'
import type { StoredTensor } from '../../../src/train/weights/safetensors.ts'
import { loadWeights, saveWeights } from '../../../src/train/weights/weights.ts'
import { architecture } from '../../model/architecture.ts'
import { newFolder, savedWeights } from '../../train/saved.ts'
import { reasonToSkip } from '../packages.ts'
import { runPython } from '../run-python.ts'

const reason = reasonToSkip(['peft'])

const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
const standard = async (name: string, sizes: object) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
const prompt = [...tokenizer.encode('Call me Ishmael.')]
const common = { vocab: tokenizer.size, dim: 48, layers: 2, heads: 6, context: 40 }
const models = {
  llama: architecture('llama', { ...common, kv_heads: 2 }),
  'tied llama': architecture('llama', { ...common, kv_heads: 2, tied: true }),
  gpt2: architecture('gpt2', common),
  qwen2: architecture('qwen2', { ...common, kv_heads: 2 }),
  gemma3: architecture('gemma3', { ...common, kv_heads: 2, head_dim: 8, window: 6, whole_every: 2 }),
}
type Name = keyof typeof models

const ours: readonly (readonly [Name, readonly string[]])[] = [
  ['llama', ['q', 'v']],
  ['llama', ['all_linear', 'head']],
  ['llama', ['layers.1.swiglu.up', 'o']],
  ['tied llama', ['q_proj', 'down_proj']],
  ['gpt2', ['q', 'v']],
  ['gpt2', ['c_attn', 'o']],
  ['gpt2', ['c_proj', 'k']],
  ['qwen2', ['all_linear']],
  ['gemma3', ['self_attn.q_proj', 'mlp.down_proj']],
]
const theirs: readonly (readonly [Name, object])[] = [
  ['llama', { r: 3, lora_alpha: 5, target_modules: ['q_proj', 'v_proj', 'lm_head'] }],
  ['llama', { r: 4, lora_alpha: 5, target_modules: 'all-linear', use_rslora: true }],
  [
    'tied llama',
    {
      r: 2,
      lora_alpha: 4,
      target_modules: ['up_proj', 'k_proj'],
      rank_pattern: { k_proj: 3 },
      alpha_pattern: { k_proj: 9 },
    },
  ],
  ['gemma3', { r: 2, lora_alpha: 4, target_modules: 'all-linear' }],
  ['qwen2', { r: 2, lora_alpha: 4, target_modules: ['q_proj', 'k_proj', 'down_proj'] }],
  ['gpt2', { r: 3, lora_alpha: 5, target_modules: ['c_attn', 'mlp.c_proj'], fan_in_fan_out: true }],
]
const label = ([name, what]: readonly [Name, unknown]) => `${name} ${JSON.stringify(what)}`

async function logitsOf(folder: string, ...adapters: string[]): Promise<number[][]> {
  const { model, slots, parameters } = await readModel(pathsIn(folder), standard, adapters)
  const graph = bind(model.graph, { batch: 1, time: prompt.length, vocab: tokenizer.size })
  const executable = await (await loadEngine('onnx')).compile(graph, { threads: 1 })
  const shape = [1, prompt.length]
  const tokens = { dtype: 'int32', shape, data: Int32Array.from(prompt) } as const
  const positions = { dtype: 'int32', shape, data: Int32Array.from(prompt, (_, i) => i) } as const
  const { logits } = await executable.run({ ...views(slots, parameters), tokens, positions })
  const size = tokenizer.size
  return prompt.map((_, t) => Array.from((logits!.data as Float32Array).subarray(t * size, (t + 1) * size)))
}

function expectNear(got: readonly number[][], expected: readonly number[][]) {
  let [most, largest] = [0, 1]
  for (const [t, row] of expected.entries())
    for (const [id, logit] of row.entries()) {
      most = Math.max(most, Math.abs(logit - got[t]![id]!))
      largest = Math.max(largest, Math.abs(logit))
    }
  expect(most / largest).toBeLessThan(1e-4)
}

/** An adapter of random numbers. */
function someAdapter(name: Name, targets: readonly string[]): Adapter {
  const model = models[name]
  const random = new Random(1, label([name, targets]))
  const some = (shape: number[]): StoredTensor => ({
    shape,
    data: Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.normal() / 8),
  })
  const tensors = adapted(model.graph, targets).flatMap((weight) => {
    const [out, from] = model.graph.weights.find((each) => each.name === weight)!.shape as [number, number]
    const { a, b } = loraNames(weight)
    return [[a, some([2, from])] as const, [b, some([out, 2])] as const]
  })
  return { rank: 2, alpha: 6, targets, tensors: Object.fromEntries(tensors) }
}

/** The same as sft keeps it. */
function randomAdapter(folder: string, name: Name, targets: readonly string[]): void {
  saveAdapter(folder, someAdapter(name, targets), models[name])
}

/** A reward model of `base` with an adapter beside it, and the score that it gives to the prompt, without the constant of its head. */
async function rewardModel(base: string): Promise<{ folder: string; score: number }> {
  const { model, tensors } = loadWeights(base)
  const head = withScalarHead(model.graph, rewardHead, () => ({ type: 'constant', value: 0 }))
  const spec: ModelSpec = { ...model, graph: withOutputs(head, [rewardHead]) }
  const random = new Random(2, 'head')
  const numbers = (shape: number[]): Tensor => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: shape.reduce((product, each) => product * each, 1) }, () => random.normal()),
  })
  const own = { [`${rewardHead}_head.weight`]: numbers([1, common.dim]), [`${rewardHead}_head.bias`]: numbers([1]) }
  const folder = newFolder()
  saveWeights(folder, {
    model: spec,
    tensors: { ...tensors, ...own },
    vocab: tokenizer.size,
    tokenizer: base,
    metrics: {},
  })
  saveAdapter(folder, someAdapter('llama', ['q', 'down_proj']), spec)
  const loaded = loadWeights(folder)
  const graph = bind(spec.graph, { batch: 1, time: prompt.length, vocab: tokenizer.size })
  const executable = await (await loadEngine('onnx')).compile(graph, { threads: 1 })
  const shape = [1, prompt.length]
  const tokens = { dtype: 'int32', shape, data: Int32Array.from(prompt) } as const
  const positions = { dtype: 'int32', shape, data: Int32Array.from(prompt, (_, i) => i) } as const
  const outputs = await executable.run({ ...loaded.tensors, tokens, positions })
  const constant = own[`${rewardHead}_head.bias`]!.data[0]!
  return { folder, score: outputs[rewardHead]!.data[prompt.length - 1]! - constant }
}

describe.skipIf(reason !== undefined)(`PEFT${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const bases: Record<string, string> = {}
  const adapters: Record<string, string> = {}
  const saved: Record<string, string> = {}
  let answers: Readonly<Record<'read' | 'made', Readonly<Record<string, number[][]>>>> & {
    readonly score: number
    readonly both: number[][]
  }
  let reward: { readonly folder: string; readonly score: number }
  let notes: readonly string[]
  /** A base and two adapters of it. */
  const bothOf = (): [string, string, string] => {
    const of = ours.filter(([name]) => name === 'llama').map((each) => adapters[label(each)]!)
    return [bases.llama!, of[0]!, of[2]!]
  }

  beforeAll(async () => {
    for (const [name, model] of Object.entries(models)) {
      bases[name] = newFolder()
      saved[name] = savedWeights(model, tokenizer)
      await writeHuggingFace(saved[name], bases[name], standard)
    }
    reward = await rewardModel(saved.llama!)
    const classifier = newFolder()
    notes = exportAdapter(reward.folder, classifier).notes
    for (const each of [...ours, ...theirs]) adapters[label(each)] = newFolder()
    for (const [name, targets] of ours) randomAdapter(adapters[label([name, targets])]!, name, targets)
    const written = Object.fromEntries(ours.map((each) => [label(each), [bases[each[0]], adapters[label(each)]]]))
    const made = Object.fromEntries(
      theirs.map((each) => [label(each), [bases[each[0]], adapters[label(each)], each[1]]]),
    )
    const folder = newFolder()
    writeFileSync(
      join(folder, 'asked.json'),
      JSON.stringify({ prompt, written, made, scored: [bases.llama, classifier], both: bothOf() }),
    )
    await runPython('test/torch/python/check_peft.py', [join(folder, 'asked.json'), join(folder, 'answers.json')])
    answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))
  }, 300_000)

  it.each(ours.map(label))('loads our adapter of %s, with the same logits', async (name) => {
    const [model] = ours.find((each) => label(each) === name)!
    expectNear(await logitsOf(bases[model]!, adapters[name]!), answers.read[name]!)
  })

  it('loads the adapter of a reward model with its head, with the same score up to the constant of the head', () => {
    expect(Math.abs(answers.score - reward.score)).toBeLessThan(1e-4)
    expect(notes).toEqual([expect.stringMatching(/^the head of transformers adds no constant: scores there are /)])
  })

  it('adds up two adapters as several folders of `weights(adapter: …)` do', async () => {
    const [base, ...two] = bothOf()
    expectNear(await logitsOf(base, ...two), answers.both)
  })

  it.each(theirs.map(label))('wrote one of %s, which is read with the same logits', async (name) => {
    const [model] = theirs.find((each) => label(each) === name)!
    expectNear(await logitsOf(bases[model]!, adapters[name]!), answers.made[name]!)
  })
})
