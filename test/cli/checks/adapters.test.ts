/** `check` of adapters and of models in folders: everything that the files tell is reported before the run. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { savedWeights } from '../../train/saved.ts'
import { makeProject } from '../rig.ts'

const template = stdTemplate('chatml')
const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', template.tokens))
const program = (lora: string, start: string, setting = `lora: lora(${lora})`) => `use std.models { llama }
use std.chat { chatml }
tokenizer bytewise = bytes(special: chatml.tokens)
data text = read("data/*.txt")
data pairs = read("pairs.jsonl") |> pair(prompt: "{a}", response: "{b}")
${start}
stage chat = sft(start, on: pairs${start.includes('chat: true') ? '' : ', template: chatml'}) { ${setting} }
export chat to "out/chat"
`
const declared = `model tiny = llama(vocab: bytewise.size, dim: 16, layers: 1, heads: 2, context: 64)
stage start = pretrain(tiny, on: text |> encode(bytewise)) { steps: 1 }`
const read = 'stage start = weights("hf") { chat: true }'

const project = makeProject({ 'data/a.txt': 'Call me Ishmael.', 'pairs.jsonl': '{"a":"Who?","b":"Ahab."}\n' })
const check = (source: string) => {
  writeFileSync(join(project.folder, 'p.llmpipe'), source)
  return project.llmpipe(['check', 'p.llmpipe'])
}
const hf = join(project.folder, 'hf')

beforeAll(async () => {
  mkdirSync(hf)
  const standard = async (name: string, sizes: object) =>
    architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
  const sizes = { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 64, tied: true }
  await writeHuggingFace(savedWeights(architecture('llama', sizes), tokenizer, { template }), hf, standard)
})
afterAll(() => project.remove())

describe.each([
  ['a model that the program declares', declared],
  ['a model in a folder', read],
])('the adapter of %s', (_, start) => {
  test('may have targets by the names of Hugging Face', () => {
    const { code, stdout, stderr } = check(program('targets: ["q_proj", "attention.o", "all_linear"]', start))
    expect(stdout + stderr).not.toContain('error[')
    expect(code).toBe(0)
  })

  test('may not have targets that match no weight', () => {
    const { code, stdout, stderr } = check(program('targets: ["q", "query", "wq"]', start))
    expect(code).toBe(2)
    expect(stdout + stderr).toContain('No matrix of the model is called query or wq')
    expect(stdout + stderr).toContain('It has q, k, v, o, gate, up, down')
  })
})

describe.each([
  ['a model that the program declares', declared],
  ['a model in a folder', read],
])('`freeze` of %s', (_, start) => {
  test('shows what is learned', () => {
    const { code, stdout } = check(program('', start, 'freeze: ["layers", "norm"]'))
    expect(code).toBe(0)
    if (start === read) expect(stdout).toMatch(/learned\s+[\d,]+, all but layers, norm/)
  })

  test('may not name weights that the model lacks', () => {
    const { code, stdout, stderr } = check(program('', start, 'freeze: ["layers.0", "layers.0-1", "attentoin"]'))
    expect(code).toBe(2)
    expect(stdout + stderr).toContain('No weight of the model is called layers.0-1 or attentoin')
    expect(stdout + stderr).toContain('Did you mean `attention`?')
    expect(stdout + stderr).toContain('layers.*.attention.q')
  })
})

test('`freeze` may not name every weight, or stand beside `lora`', () => {
  const said = (setting: string) => check(program('', declared, setting)).stdout
  expect(said('freeze: ["*"]')).toContain('All weights of the model are frozen: none is left to learn')
  expect(said('freeze: ["norm"], lora: lora(rank: 2)')).toContain('`freeze` has no effect beside `lora`')
})

describe('a model in a folder', () => {
  test('has its parameters and its memory shown', () => {
    const { stdout } = check(program('rank: 4', read))
    expect(stdout).toMatch(/chat\s+llama/)
    expect(stdout).toMatch(/parameters\s+8,288/)
    expect(stdout).toContain('learned')
    expect(stdout).toMatch(/compute .* per token to train/)
    expect(stdout).toMatch(/memory\s+/)
  })

  test('with an architecture that llmpipe lacks is an error before the run', () => {
    const path = join(hf, 'config.json')
    const config = readFileSync(path, 'utf8')
    writeFileSync(path, JSON.stringify({ ...JSON.parse(config), hidden_act: 'relu' }))
    const { code, stdout, stderr } = check(program('rank: 4', read))
    writeFileSync(path, config)
    expect(code).toBe(2)
    expect(stdout + stderr).toContain('its hidden_act is "relu"; llmpipe supports only "silu"')
  })
})
