/** `generate` and `chat` with folders of models: exported as hf, of transformers, and of an adapter. */

import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { saveAdapter } from '../../../src/train/weights/lora.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { newFolder, savedWeights } from '../../train/saved.ts'
import { makeProject } from '../rig.ts'

const template = stdTemplate('chatml')
const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', template.tokens))
const model = architecture('llama', { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 160, tied: true })
const project = makeProject()
const own = savedWeights(model, tokenizer, { template })
const hf = newFolder()

beforeAll(async () => {
  const standard = async (name: string, sizes: object) =>
    architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
  await writeHuggingFace(own, hf, standard)
})
afterAll(() => {
  project.remove()
  for (const folder of [own, hf]) rmSync(folder, { recursive: true })
})

const generate = (folder: string, ...more: string[]) =>
  project.llmpipe(['generate', folder, 'Define whale.', '-n', '12', '-t', '0', '--json', ...more])

describe('a folder of Hugging Face', () => {
  test('writes what the weights it was exported from write, with its template and without', () => {
    for (const more of [[], ['--raw']]) {
      const [ours, theirs] = [generate(own, ...more), generate(hf, ...more)]
      expect(theirs.code).toBe(0)
      expect(theirs.stderr).toBe('')
      expect(theirs.stdout).toBe(ours.stdout)
    }
  })

  test('chats', () => {
    const chat = (folder: string) => project.llmpipe(['chat', folder, '-n', '6', '-t', '0'], 'Hi\n')
    expect(chat(hf).code).toBe(0)
    expect(chat(hf).stdout).toBe(chat(own).stdout)
  })

  test('may have its weights in several files', () => {
    const folder = newFolder()
    cpSync(hf, folder, { recursive: true })
    renameSync(join(folder, 'model.safetensors'), join(folder, 'model-00001-of-00001.safetensors'))
    expect(generate(folder).stdout).toBe(generate(own).stdout)
  })

  test('stops at every id that its generation_config.json names', () => {
    const folder = newFolder()
    cpSync(hf, folder, { recursive: true })
    expect(JSON.parse(generate(hf, '--raw').stdout).tokens).toBeGreaterThan(1)
    const every = Array.from({ length: tokenizer.size }, (_, id) => id)
    writeFileSync(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: every }))
    expect(JSON.parse(generate(folder, '--raw').stdout).tokens).toBeLessThan(2)
  })

  test('with weights in another format is rejected with advice how to save them', () => {
    const folder = newFolder()
    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
      cpSync(join(hf, name), join(folder, name))
    writeFileSync(join(folder, 'pytorch_model.bin'), '')
    const { code, stderr } = generate(folder)
    expect(code).toBe(2)
    expect(stderr).toContain('the folder has no .safetensors file')
    expect(stderr).toContain('model.save_pretrained(folder)')
  })

  test('of an adapter is opened with the model that it names', () => {
    const folder = newFolder()
    const tensors = {
      'layers.0.attention.q.lora_A.weight': { shape: [1, 16], data: new Float32Array(16).fill(1) },
      'layers.0.attention.q.lora_B.weight': { shape: [16, 1], data: new Float32Array(16).fill(0) },
    }
    saveAdapter(folder, { rank: 1, alpha: 1, targets: ['q'], tensors }, model)
    const alone = generate(folder)
    expect(alone.code).toBe(2)
    expect(alone.stderr).toContain('holds an adapter, and not the model that it was learned on')
    const path = join(folder, 'adapter_config.json')
    const config = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...config, base_model_name_or_path: hf }))
    expect(generate(folder).stdout).toBe(generate(own).stdout)
  })
})
