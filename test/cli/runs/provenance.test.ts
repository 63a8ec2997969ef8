/** Exports of weights have their provenance and a model card beside them. */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../rig.ts'

const program = (lr: string) => `use std.models { llama }
data prose = read("prose.txt", split: paragraphs) |> keep(where: words > 3)
tokenizer b = bytes()
model tiny = llama(vocab: b.size, dim: 16, layers: 1, heads: 2, context: 16)
stage base = pretrain(tiny, on: prose |> encode(b)) { steps: 3, batch: 2, optimizer: adamw(lr: ${lr}) }
export base to "out/base"
export base to "out/hf" as hf
export prose to "out/prose"
`
const project = makeProject({
  'prose.txt': `${'Call me Ishmael. Some years ago, never mind how long precisely.\n\n'.repeat(40)}Yes.\n`,
  'p.llmpipe': program('1e-3'),
  'again.llmpipe': 'stage start = weights("out/hf")\nexport start to "out/again"\n',
})
afterAll(() => project.remove())
const path = (name: string) => join(project.folder, 'out', name)
const provenance = (name: string) => JSON.parse(readFileSync(path(`${name}/provenance.json`), 'utf8'))
const run = (file = 'p.llmpipe') => project.llmpipe(['run', file, '--plain'])

test('the provenance lists every stage with settings, inputs, counts and metrics', () => {
  expect(run().code).toBe(0)
  const found = provenance('hf')
  expect(found).toMatchObject({ version: 1, program: 'p.llmpipe', stage: 'base', layout: 'hf' })
  expect(found.stages.map(({ name }: { name: string }) => name)).toEqual(['prose', 'b', 'base.on', 'base'])
  const [prose, , , base] = found.stages
  expect(prose.files).toMatchObject({
    paths: [{ name: 'prose.txt', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  })
  expect(prose.ledger).toMatchObject({ in: { documents: 41 }, out: { documents: 40 } })
  expect(base).toMatchObject({
    key: expect.stringMatching(/^[0-9a-f]{64}$/),
    components: { 'params.optimizer.lr': 1e-3, 'params.steps': 3 },
    metrics: { tokens: 96 },
    engine: expect.stringContaining('ONNX Runtime'),
    made: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  })
  expect(provenance('base').layout).toBe('files')
  expect(existsSync(path('prose/provenance.json'))).toBe(false)
})

test('the model card has metadata of the hub, metrics, settings and files', () => {
  const card = readFileSync(path('hf/README.md'), 'utf8')
  expect(card).toMatch(/^---\nlibrary_name: transformers\ntags:\n- llmpipe\n---\n\n# base\n/)
  expect(card).toContain('| tokens | 96 |')
  expect(card).toMatch(/\| base \| pretrain \| .*optimizer\.lr 0\.001/)
  expect(card).toMatch(/\| prose \| 41 \| 40 \| 1 \|/)
  expect(card).toMatch(/\| prose \| prose\.txt \| [\d,]+ \| [0-9a-f]{64} \|/)
})

test('neither is written again while nothing changes, and both follow a change', () => {
  const before = statSync(path('hf/provenance.json')).mtimeMs
  expect(run().code).toBe(0)
  expect(statSync(path('hf/provenance.json')).mtimeMs).toBe(before)
  project.write('p.llmpipe', program('2e-3'))
  expect(run().code).toBe(0)
  expect(provenance('hf').stages.at(-1).components['params.optimizer.lr']).toBe(2e-3)
})

test('a folder that is read as weights is the same without its provenance', () => {
  expect(run('again.llmpipe').code).toBe(0)
  const files = provenance('again').stages[0].files.path.map(({ name }: { name: string }) => name)
  expect(files).toContain('out/hf/config.json')
  expect(files).not.toContain('out/hf/provenance.json')
})

test('an accepted result is named in both', () => {
  project.write('p.llmpipe', program('3e-3'))
  expect(project.llmpipe(['accept', 'p.llmpipe', 'base']).code).toBe(0)
  expect(run().code).toBe(0)
  expect(provenance('base').stages.at(-1).vouched).toMatchObject({ how: 'accepted' })
  expect(readFileSync(path('base/README.md'), 'utf8')).toContain('Not all of it was made by this program.')
})

test('a program that was renamed exports to the same folder', () => {
  project.write('renamed.llmpipe', program('3e-3'))
  const { code, stdout, stderr } = run('renamed.llmpipe')
  expect(stdout + stderr).not.toContain('README.md')
  expect(code).toBe(0)
  expect(provenance('hf').program).toBe('renamed.llmpipe')
})

test('a README.md of a person is kept, and the weights are exported', () => {
  project.write('mine.llmpipe', program('3e-3').replaceAll('out/', 'mine/'))
  project.write('mine/hf/README.md', 'My model.\n')
  const { code, stdout, stderr } = run('mine.llmpipe')
  expect(code).toBe(0)
  expect(stdout + stderr).toContain('"mine/hf": README.md was not written, because something else has the name')
  expect(readFileSync(join(project.folder, 'mine/hf/README.md'), 'utf8')).toBe('My model.\n')
  expect(existsSync(join(project.folder, 'mine/hf/model.safetensors'))).toBe(true)
  expect(existsSync(join(project.folder, 'mine/hf/provenance.json'))).toBe(true)
})
