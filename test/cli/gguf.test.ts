/** Commands take a GGUF file of llama.cpp, and the folder of one, like the weights of a stage. */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { exportGguf } from '../../src/train/gguf/write.ts'
import { architecture } from '../model/architecture.ts'
import { stdTemplate } from '../text/chat/stdlib.ts'
import { savedWeights } from '../train/saved.ts'
import { makeProject } from './rig.ts'

const project = makeProject({})
const at = (...path: string[]) => join(project.folder, ...path)
afterAll(() => project.remove())

beforeAll(async () => {
  const tokenizer = bytesTokenizer(specialTokens('<|end|>', ['<|im_start|>', '<|im_end|>']))
  const model = architecture('llama', { vocab: 259, dim: 32, layers: 2, heads: 2, context: 128 })
  mkdirSync(at('out'))
  const standard = async (name: string, sizes: object) =>
    architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
  await exportGguf(savedWeights(model, tokenizer, { template: stdTemplate('chatml') }), at('out'), standard, 'q8_0')
})

it.each([[['out', 'model.gguf']], [['out']]])('show lists the model in %j', (path) => {
  const { code, stdout } = project.llmpipe(['show', join(...path)])
  expect(code).toBe(0)
  expect(stdout).toMatch(/architecture +llama\n/)
  expect(stdout).toMatch(/context length +128\n/)
  expect(stdout).toMatch(/blk\.\*\.attn_q\.weight +32 × 32 +Q8_0 +2 × +2\.05k/)
})

it('generate continues a prompt with the model of a file', () => {
  const args = ['out/model.gguf', 'Hello', '-t', '0', '-n', '5']
  const [file, folder] = [args, ['out', ...args.slice(1)]].map((words) => project.llmpipe(['generate', ...words]))
  expect(file!.code).toBe(0)
  expect(file!.stdout).toBe(folder!.stdout)
})

it('check and run name the GGUF file of a folder that weights names', () => {
  writeFileSync(at('folder.llmpipe'), 'stage start = weights("out")\n')
  const help = 'Name the file: "out/model.gguf".'
  expect(project.llmpipe(['check', 'folder.llmpipe']).stdout).toContain(help)
  const { code, stdout, stderr } = project.llmpipe(['run', 'folder.llmpipe'])
  expect(code).toBe(1)
  expect(stdout + stderr).toContain('out is a folder with a GGUF file and no other files of a model')
  expect(stdout + stderr).toContain(help)
})

it('a folder whose name ends in .gguf is not a file: the help names the one in it', () => {
  mkdirSync(at('x.gguf'))
  copyFileSync(at('out', 'model.gguf'), at('x.gguf', 'model.gguf'))
  writeFileSync(at('x.llmpipe'), 'stage start = weights("x.gguf")\n')
  expect(project.llmpipe(['check', 'x.llmpipe']).stdout).toContain('Name the file: "x.gguf/model.gguf".')
})

it.each([
  ['gguf', 'start', 'new/model.gguf', 'new/model'],
  ['parquet', 'prose', 'new/prose.parquet', 'new/prose'],
])('an export as %s to the name of a file is refused, because the name is that of a folder', (as, of, to, right) => {
  const program = `data prose = read("*.llmpipe")\nstage start = weights("out/model.gguf")\nexport ${of} to "${to}" as ${as}\n`
  writeFileSync(at('named.llmpipe'), program)
  const { code, stdout } = project.llmpipe(['check', 'named.llmpipe'])
  expect(code).toBe(2)
  expect(stdout).toContain(`\`to\` names the folder of an export, and "${to}" is the name of a file.`)
  expect(stdout).toContain(`Leave the ending out: \`to "${right}"\`.`)
})

it('load_tokenizer refuses a GGUF file with the call that reads it', () => {
  writeFileSync(at('tokenizer.llmpipe'), 'tokenizer t = load_tokenizer("out/model.gguf")\n')
  const { code, stdout, stderr } = project.llmpipe(['run', 'tokenizer.llmpipe'])
  expect(code).toBe(1)
  expect(stdout + stderr).toContain('out/model.gguf is a GGUF file, which holds a whole model')
  expect(stdout + stderr).toContain('`weights("out/model.gguf")` reads the model with its tokenizer')
})

it('says which file to name if a folder has several, and reads an export again', () => {
  mkdirSync(at('two'))
  for (const name of ['a.gguf', 'b.gguf']) copyFileSync(at('out', 'model.gguf'), at('two', name))
  expect(project.llmpipe(['show', 'two']).stderr).toContain('two holds 2 GGUF files: a.gguf, b.gguf')
  writeFileSync(at('p.llmpipe'), 'stage start = weights("out/model.gguf")\nexport start to "again" as gguf\n')
  expect(project.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
  const { stdout } = project.llmpipe(['show', 'again'])
  expect(stdout).toContain('F32')
})
