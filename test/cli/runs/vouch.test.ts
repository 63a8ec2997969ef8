/** Results that a person vouches for: adopted from elsewhere, or accepted after a change; shown, and refused by --strict. */

import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeProject } from '../rig.ts'

const program = (lr: string, layers = 1) => `use std.models { llama }
data prose = read("prose.txt")
tokenizer b = bytes()
data ids = prose |> encode(b)
model tiny = llama(vocab: b.size, dim: 16, layers: ${layers}, heads: 2, context: 16)
stage base = pretrain(tiny, on: ids) { steps: 3, batch: 2, optimizer: adamw(lr: ${lr}) }
export base to "out/base"
export base to "out/hf" as hf
`
const project = makeProject({
  'prose.txt': 'Call me Ishmael. Some years ago, never mind how long precisely.\n'.repeat(40),
  'p.llmpipe': program('1e-3'),
})
afterAll(() => project.remove())
const say = (...args: string[]) => {
  const { code, stdout, stderr } = project.llmpipe(args)
  return { code, said: stdout + stderr }
}
const weights = () => readFileSync(join(project.folder, 'out/base/model.safetensors'))
expect(say('run', 'p.llmpipe', '--plain').code).toBe(0)
const first = weights()
cpSync(join(project.folder, 'out'), join(project.folder, 'elsewhere'), { recursive: true })

describe('accept', () => {
  test('keeps the earlier result after a change, and says who accepted what', () => {
    project.write('p.llmpipe', program('9e-4'))
    expect(say('plan', 'p.llmpipe').said).toContain('optimizer.lr: 0.001 → 0.0009')
    const { code, said } = say('accept', 'p.llmpipe', 'base')
    expect(said).toMatch(/base keeps the result of run \S+, accepted by .+ on .+:\n {2}optimizer.lr: 0.001 → 0.0009/)
    expect(code).toBe(0)
    const again = say('run', 'p.llmpipe', '--plain').said
    expect(again).toMatch(/0 ran/)
    expect(again).toMatch(/its result was not made by this stage: it is accepted by .+ in place of [0-9a-f]{12}/)
    expect(weights()).toEqual(first)
    expect(say('why', 'p.llmpipe', 'base').said).toMatch(
      /accepted by .+ in place of [0-9a-f]{12}: optimizer.lr: 0.001 → 0.0009/,
    )
    expect(say('show', 'p.llmpipe', 'base').said).toMatch(/accepted by .+ in place of [0-9a-f]{12}: optimizer.lr/)
    const { made } = JSON.parse(say('show', 'p.llmpipe', 'base', '--json').said)
    expect(made.vouched).toMatchObject({ how: 'accepted', changes: [expect.stringContaining('optimizer.lr')] })
  })

  test('is refused by --strict, until the stage has run', () => {
    const { code, said } = say('run', 'p.llmpipe', '--plain', '--strict')
    expect(code).toBe(1)
    expect(said).toContain('--strict takes only results that llmpipe made')
    expect(say('run', 'p.llmpipe', '--plain', '--strict', '--force', 'base').code).toBe(0)
    expect(say('run', 'p.llmpipe', '--plain', '--strict').code).toBe(0)
    expect(weights()).not.toEqual(first)
  })

  test('needs an earlier result, and a stage that is not cached', () => {
    expect(say('accept', 'p.llmpipe', 'base').said).toContain('base is cached: there is nothing to accept')
    project.write('new.llmpipe', program('1e-3').replaceAll('base', 'other'))
    project.write(
      'new.llmpipe',
      program('2e-3')
        .replace('base = pretrain', 'other = pretrain')
        .replace(/export.*\n/g, ''),
    )
    expect(say('accept', 'new.llmpipe', 'other').said).toContain('other has no earlier result in the store')
    expect(say('accept', 'p.llmpipe', 'bas').said).toContain('has no stage "bas"')
  })
})

describe.each(['base', 'hf'])('adopt of a folder that was exported as %s', (layout) => {
  const folder = `elsewhere/${layout}`

  test('makes its weights the result of a stage', () => {
    project.write('p.llmpipe', program(layout === 'base' ? '7e-4' : '6e-4'))
    const { code, said } = say('adopt', 'p.llmpipe', 'base', folder)
    expect(said).toMatch(/base is now [0-9a-f]{12}, adopted by .+ from .+elsewhere/)
    expect(code).toBe(0)
    const run = say('run', 'p.llmpipe', '--plain')
    expect(run.code).toBe(0)
    expect(run.said).not.toContain('> base')
    expect(weights()).toEqual(first)
    expect(say('why', 'p.llmpipe', 'base').said).toMatch(/adopted by .+ from .+elsewhere/)
    expect(say('run', 'p.llmpipe', '--plain', '--strict').code).toBe(1)
  })
})

test('adopt makes a tokenizer from elsewhere the result of a stage, if it has the ids of that of the stage', () => {
  const program = (more: string) => `data prose = read("prose.txt")
tokenizer bpe = train_bpe(prose, vocab: 300${more})
export bpe to "out/bpe"
`
  project.write('t.llmpipe', program(''))
  expect(say('run', 't.llmpipe', '--plain').code).toBe(0)
  const first = readFileSync(join(project.folder, 'out/bpe/tokenizer.json'))
  cpSync(join(project.folder, 'out/bpe'), join(project.folder, 'elsewhere/bpe'), { recursive: true })
  project.write('t.llmpipe', program(', min_frequency: 5'))
  expect(say('adopt', 't.llmpipe', 'bpe', 'elsewhere/base').said).toContain('ids, and that of the stage has 300')
  expect(say('adopt', 't.llmpipe', 'bpe', '.').said).toContain(' has no tokenizer')
  const { code, said } = say('adopt', 't.llmpipe', 'bpe', 'elsewhere/bpe/tokenizer.json')
  expect(said).toMatch(/bpe is now [0-9a-f]{12}, adopted by .+ from .+elsewhere/)
  expect(code).toBe(0)
  const run = say('run', 't.llmpipe', '--plain')
  expect(run.code).toBe(0)
  expect(run.said).not.toContain('> bpe')
  expect(readFileSync(join(project.folder, 'out/bpe/tokenizer.json'))).toEqual(first)
})

test('adopt refuses weights that do not fit, what makes no weights, and results of llmpipe itself', () => {
  project.write('p.llmpipe', program('5e-4', 2))
  expect(say('adopt', 'p.llmpipe', 'base', 'elsewhere/base')).toMatchObject({
    code: 2,
    said: expect.stringContaining('the weights do not fit the model: the weights have no layers.1.'),
  })
  const ofData = say('adopt', 'p.llmpipe', 'prose', 'elsewhere/base').said
  expect(ofData).toContain('prose makes neither weights nor a tokenizer')
  expect(ofData).toContain('read them with `read("…")`')
  expect(say('adopt', 'p.llmpipe', 'base', 'nowhere').said).toContain('nowhere does not exist')
  project.write('p.llmpipe', program('1e-3'))
  expect(say('adopt', 'p.llmpipe', 'base', 'elsewhere/base').said).toContain('llmpipe made its result itself')
  rmSync(join(project.folder, '.llmpipe'), { recursive: true })
  expect(say('adopt', 'p.llmpipe', 'base', 'elsewhere/base').said).toContain('a stage before base has not run')
})
