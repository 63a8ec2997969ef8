/** `check --device`, the precision of engines, and `--python` as people call them. */

import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../rig.ts'

const head = `use std.models { gpt2 }
data prose = read("prose.txt")
tokenizer b = bytes()
data ids = prose |> encode(b)
`
const project = makeProject({
  'prose.txt': 'Call me Ishmael.\n'.repeat(400),
  'a.llmpipe': `${head}model gpt = gpt2(vocab: b.size, dim: 768, layers: 12, heads: 12, context: 1024)
stage base = pretrain(gpt, on: ids) { steps: 1000, batch: 96, engine: torch, precision: bfloat16 }
`,
  'large.llmpipe': `${head}model gpt = gpt2(vocab: b.size, dim: 8192, layers: 40, heads: 64, context: 4096)
stage base = pretrain(gpt, on: ids) { steps: 1000, batch: 64, engine: torch, precision: bfloat16, gpus: 8 }
`,
})
afterAll(() => project.remove())

test('says that a training fits on a GPU, and how long it takes', () => {
  const { code, stdout } = project.llmpipe(['check', 'a.llmpipe', '--device', 'H200'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ {2}h200 {9}bfloat16: [\d.]+ GB of 141 GB: weights /m)
  expect(stdout).toMatch(/^ {15}about [\d,]+ tokens\/s, .* in total, of a peak of 989 TFLOP\/s$/m)
  expect(stdout).toContain('h200: NVIDIA H200 SXM (H200 data sheet, 2024). Times assume 40% of its peak')
})

test('gives the parts of a long step on several GPUs in seconds', () => {
  const { code, stdout } = project.llmpipe(['check', 'large.llmpipe', '--device', 'h100'])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /a step: \d+s of products, [\d.]+s for [\d.]+ TB over NVLink 4 meanwhile, [\d.]+ ms of the opt/,
  )
})

test('proposes a batch for a GPU that is too small', () => {
  const { code, stdout } = project.llmpipe(['check', 'a.llmpipe', '--device', 'rtx 4090'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/does not fit at once; it is computed in parts, as `batch: \d+, accumulate: \d+` would be/)
})

test('gives the speed on a GPU that cannot hold the training as that of one with more memory', () => {
  const { code, stdout } = project.llmpipe(['check', 'large.llmpipe', '--device', 'l4'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/does not fit/)
  expect(stdout).toMatch(/^ {15}with more memory, about [\d,.]+ tokens\/s/m)
  expect(stdout).not.toMatch(/^ {15}about /m)
})

test('says that a GPU has no products in bfloat16', () => {
  expect(project.llmpipe(['check', 'a.llmpipe', '--device', 't4']).stdout).toContain(
    '  t4           has no products in bfloat16',
  )
})

test('the JSON has the estimates in bytes and seconds', () => {
  const found = JSON.parse(project.llmpipe(['check', 'a.llmpipe', '--device', 'h100', '--json']).stdout)
  expect(found.diagnostics).toEqual([])
  expect(found.device).toMatchObject({ name: 'h100', utilization: 0.4, memory: 80e9 })
  expect(found.stages[0]).toMatchObject({ stage: 'base', estimates: [{ precision: 'bfloat16' }] })
})

test.each([
  ['a100', 'Did you mean a100-40 or a100-80?'],
  ['h1000', 'Did you mean h100? The GPUs are t4, v100, '],
  ['abacus', 'The GPUs are t4, v100, '],
])('a device that is not known is refused with those that are: %s', (name, help) => {
  const { code, stderr } = project.llmpipe(['check', 'a.llmpipe', '--device', name])
  expect(code).toBe(2)
  expect(stderr).toContain(`error: --device ${name} is not a GPU that llmpipe knows\n  help: ${help}`)
})

test('the engine of the command line decides which precisions there are', () => {
  const { code, stdout } = project.llmpipe(['check', 'a.llmpipe', '--engine', 'onnx'])
  expect(code).toBe(2)
  expect(stdout).toContain('The engine `onnx` does not train in bfloat16.')
  expect(stdout).toContain('Write `engine: torch` beside it, run with `--engine torch`, or leave `precision` out')
})

test('a Python that does not exist is refused before anything runs', () => {
  const { code, stderr } = project.llmpipe(['run', 'a.llmpipe', '--python', 'none/python'])
  expect(code).toBe(2)
  expect(stderr).toBe(
    `error: --python none/python: ${project.folder}/none/python does not exist\n` +
      '  help: Name a Python that exists; `llmpipe setup torch` makes an environment for it.\n',
  )
})

test('the Python of the option reaches the process of a stage', () => {
  const { code, events } = project.events(['a.llmpipe', '--python', process.execPath])
  expect(code).toBe(1)
  const error = events.find(({ event }) => event === 'failed')!.error as { code: string; message: string }
  expect(error.code).toBe('no-engine')
  expect(error.message).toContain(
    `the Python that --python names cannot run the engine torch: ${process.execPath} does not answer like a Python`,
  )
})

test('a run says at once that a later training lacks PyTorch', () => {
  const { code, events } = project.events(['a.llmpipe', '--python', process.execPath, '--store', 'another'])
  expect(code).toBe(1)
  expect(events.find(({ event }) => event === 'notice')?.message).toMatch(
    /^`base` needs PyTorch and will fail: the Python that --python names cannot run the engine torch/,
  )
})

test('a run whose trainings are on other engines does not look for PyTorch', () => {
  const { events } = project.events(['a.llmpipe', '--engine', 'onnx', '--python', process.execPath, '--only', 'ids'])
  expect(events.filter(({ event }) => event === 'notice')).toEqual([])
})
