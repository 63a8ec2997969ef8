/** Mixtures, as people see them: what `check` says before, and `run`, `show`, `compare` and `why` after. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeProject, type Said } from '../../rig.ts'

const program = ({ shares = 'web: 75%, books: 25%', more = '', books = 'books' } = {}) => `use std.models { llama }
data prose = read("web.txt")
tokenizer b = bytes()
data web = prose |> encode(b)
data ${books} = read("books.txt") |> encode(b)
model tiny = llama(vocab: b.size, dim: 8, layers: 1, heads: 1, context: 16)
stage base = pretrain(tiny, on: mix(${shares})) {
  steps: 20
  batch: 4${more}
}
expect base.train_loss[web] < 20 and base.epochs[${books}] > 1
`
// 1,280 tokens are learned: 960 of web's 2,001, and 320 of the 151 of books.
const project = makeProject({
  'web.txt': 'Call me Ishmael. 123'.repeat(100),
  'books.txt': 'It is a truth. '.repeat(10),
  'mix.llmpipe': program(),
})
afterAll(() => project.remove())

const check = () => project.llmpipe(['check', 'mix.llmpipe'])

/** The output of `check` before the tokens existed, and that of the first run. */
let before: Said
let first: Said
beforeAll(() => {
  before = check()
  first = project.llmpipe(['run', 'mix.llmpipe', '--plain'])
}, 120_000)
beforeEach(() => project.write('mix.llmpipe', program()))

describe('a mixture', () => {
  test('has shares before its tokens exist, and epochs once they do', () => {
    expect(before.code).toBe(0)
    expect(before.stdout).toMatch(/epochs +web +75% {2}960 tokens; the epochs are known once they are encoded/)
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(
      /source +share +tokens +epochs +loss\n +web +75\.0% +960 +0\.48 +\d\.\d+\n +books +25\.0% +320 +2\.12 +\d/,
    )
    expect(check().stdout).toMatch(/epochs +web +75% {2}0\.48 of 2,001 tokens\n +books +25% {2}2\.12 of 151 tokens/)
  })

  test('is shown with its sources, and compared by their names', () => {
    expect(project.llmpipe(['show', 'mix.llmpipe', 'base']).stdout).toMatch(/books +25\.0% +320 +2\.12/)
    const { stdout } = project.llmpipe(['compare', 'mix.llmpipe', 'base', '--json'])
    const { stages } = JSON.parse(stdout) as { stages: { metrics: Record<string, number> }[] }
    expect(Object.keys(stages[0]!.metrics)).toEqual(expect.arrayContaining(['train_loss[web]', 'epochs[books]']))
  })

  test('is not trained again if a source has another name, and is if a share has another value', () => {
    project.write('mix.llmpipe', program({ shares: 'web: 75%, novels: 25%', books: 'novels' }))
    expect(project.llmpipe(['plan', 'mix.llmpipe']).stdout).toMatch(/base +pretrain +cached/)
    project.write('mix.llmpipe', program({ shares: 'web: 80%, books: 20%' }))
    const why = project.llmpipe(['why', 'mix.llmpipe', 'base']).stdout
    expect(why).toContain('on.phases: mix(web: 75%, books: 25%) → mix(web: 80%, books: 20%), line 7')
  })

  test('may not repeat a source more often than `max_epochs`, before the run if the tokens exist', () => {
    project.write('mix.llmpipe', program({ more: '\n  max_epochs: 2' }))
    const { code, stdout } = check()
    expect(code).toBe(2)
    expect(stdout).toContain('error[E0682]: Training `base` would learn `books` 2.12 times, and `max_epochs` is 2.')
    // The limit is not part of the key.
    project.write('mix.llmpipe', program({ more: '\n  max_epochs: 3' }))
    expect(check().code).toBe(0)
    expect(project.llmpipe(['plan', 'mix.llmpipe']).stdout).toMatch(/base +pretrain +cached/)
  })

  test('that exceeds the limit fails before its first step', () => {
    project.write('mix.llmpipe', program({ shares: 'web: 60%, books: 40%', more: '\n  max_epochs: 2' }))
    const { code, stdout } = project.llmpipe(['run', 'mix.llmpipe', '--plain'])
    expect(code).toBe(1)
    expect(stdout).toContain(
      'error[too-many-epochs]: this training would learn `books` 3.39 times, and max_epochs is 2',
    )
  })

  test('that repeats a source often gives a warning, unless it is allowed', () => {
    project.write('mix.llmpipe', program({ shares: 'web: 20%, books: 80%' }))
    const { code, stdout } = check()
    expect(code).toBe(0)
    expect(stdout).toContain('warning[W0683]: Training `base` would learn `books` 6.78 times.')
    project.write('mix.llmpipe', program({ shares: 'web: 20%, books: 80%', more: '\n  max_epochs: 10' }))
    expect(check().stdout).not.toContain('W0683')
  })

  test('continues with more steps up to the first phase that depends on their number', () => {
    const phased = (
      steps: number,
    ) => `${program().replace(/on: mix[\s\S]*$/, '')}on: [mix(web: 100%), mix(web: 50%, books: 50%, from: 75%)]) {
  steps: ${steps}
  batch: 4
  max_epochs: 100
  schedule: constant()
}
`
    project.write('phased.llmpipe', phased(20))
    expect(project.llmpipe(['run', 'phased.llmpipe', '--plain']).code).toBe(0)
    project.write('phased.llmpipe', phased(40))
    expect(project.llmpipe(['why', 'phased.llmpipe', 'base']).stdout).toContain('continues from step 15')
    const { code, stdout } = project.llmpipe(['run', 'phased.llmpipe', '--plain'])
    expect(code).toBe(0)
    const digest = (text: string) => /base {2}\(([0-9a-f]{12})\)/.exec(text)?.[1]
    const anew = project.llmpipe(['run', 'phased.llmpipe', '--plain', '--store', 'other']).stdout
    expect(anew).not.toContain('continues')
    expect(digest(stdout)).toBeDefined()
    expect(/base .*\(([0-9a-f]{12})\)/.exec(anew)?.[1]).toBe(digest(stdout))
  })

  test('has phases that follow each other within the training', () => {
    const phases = (list: string) => {
      project.write(
        'bad.llmpipe',
        program()
          .replace(/mix\(.*?\)/, list)
          .replace(/expect.*\n/, ''),
      )
      return project.llmpipe(['check', 'bad.llmpipe']).stdout
    }
    expect(phases('[mix(web: 100%, from: 10%)]')).toContain('The first mixture has to begin with the training')
    expect(phases('[mix(web: 100%), mix(books: 100%)]')).toContain(
      'This mixture begins after step 0, and the one before it after step 0',
    )
    expect(phases('[mix(web: 100%), mix(books: 100%, from: 20)]')).toContain(
      'This mixture begins after step 20, and the training has 20',
    )
    expect(phases('[mix(web: 100%), mix(books: 100%, from: 1.5)]')).toContain('`mix.from` is a whole number, not 1.5')
    expect(phases('[mix(web: 100%), mix(books: 100%, from: 5)]')).not.toContain('error[')
  })

  test('of tokens of two tokenizers is an error that names both sources', () => {
    project.write(
      'two.llmpipe',
      program().replace(
        'data books = read("books.txt") |> encode(b)',
        'tokenizer c = characters(prose)\ndata books = read("books.txt") |> encode(c)',
      ),
    )
    expect(project.llmpipe(['check', 'two.llmpipe']).stdout).toContain(
      'error[E0404]: The tokens of `web` are of the tokenizer `b`, those of `books` of `c`.',
    )
  })

  test('names a source that is too short', () => {
    project.write('short.txt', 'hello')
    project.write('short.llmpipe', program().replace('books.txt', 'short.txt'))
    expect(project.llmpipe(['run', 'short.llmpipe', '--plain']).stdout).toContain(
      '`books` has 6 tokens, and 17 are needed',
    )
  })
})
