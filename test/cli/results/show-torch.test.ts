/** `llmpipe show FILE STAGE --torch`: the model of a stage as PyTorch code, before anything has run. */

import { afterAll, expect, test } from 'vitest'
import { makeProject, prose, training } from '../rig.ts'

const project = makeProject({
  'a.llmpipe': `${training}
model known = llama(vocab: 65, dim: 16, layers: 2, heads: 2, context: 16)
stage other = pretrain(known, on: tokens) { steps: 1, batch: 4 }
`,
  'data/book.txt': prose,
})
afterAll(() => project.remove())
const shown = (...words: string[]) => project.llmpipe(['show', 'a.llmpipe', ...words, '--torch'])

test('prints the module of a stage that has not run', () => {
  const { code, stdout, stderr } = shown('other')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^"""other of a\.llmpipe, llama, for PyTorch; written by llmpipe\."""\n\nimport torch\n/)
  expect(stdout).toContain('self.layers = nn.ModuleList(Layer() for _ in range(2))')
  expect(stdout).toContain('return {"logits": self.head(self.norm(x))}')
})

test('notes that the size of a vocabulary is not known yet', () => {
  const { code, stdout, stderr } = shown('base')
  expect(code).toBe(0)
  expect(stdout).toContain('self.head = Linear(16, 100, bias=False)')
  expect(stderr).toBe(
    'note: the size of the vocabulary is known when its tokenizer is trained; this module has 100 tokens\n',
  )
})

test('refuses a stage without a model, and names one that has one', () => {
  const { code, stdout, stderr } = shown('prose')
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('error: prose has no model that is known before the run')
  expect(stderr).toContain('help: For example: llmpipe show a.llmpipe base --torch')
})

test('refuses a call without a stage, and options that do not fit', () => {
  expect(shown().stderr).toContain('error: --torch needs a program and a stage')
  expect(shown('other', '--json').stderr).toContain('error: --torch prints source code')
  expect(shown('nobody').stderr).toContain('has no stage "nobody"')
})
