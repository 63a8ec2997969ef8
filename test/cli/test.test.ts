/** `llmpipe test`: tests of recipes in the language, their failures, and those of the standard modules. */

import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { makeProject } from './rig.ts'

const project = makeProject()
afterAll(() => project.remove())

const recipes = `use std.models { llama }

filter long(least = 3) { words >= least }
let double(n) = n * 2
data train, test = read("no-such-file.txt") |> split(90%, 10%)

test "short texts go" {
  expect long(texts("one", "one two three")) == ["one two three"]
  expect long(texts("Home | About")) == []
  expect long(texts("a b c", "d"), least: 1).documents == 2
}

test "sizes" {
  model tiny = llama(vocab: 64, dim: double(8), layers: 2, heads: 2, context: 8)
  expect tiny.parameters == 10_320 and tiny.dim == 16
}
`

test('tests that pass are cached, and neither run nor change what run does', { timeout: 60_000 }, () => {
  project.write('recipes.llmpipe', recipes)
  const first = project.llmpipe(['test', 'recipes.llmpipe'])
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(first.stdout).toMatch(/^✓ short texts go\n✓ sizes\n2 passed in /)
  expect(project.llmpipe(['test']).stdout).toMatch(/✓ short texts go {2}cached\n✓ sizes {2}cached\n2 passed in /)
  // The store of the tests lies in that of the program, which stays one.
  for (const words of [['verify'], ['gc', '--keep', '1GB'], ['size']])
    expect(project.llmpipe(['cache', ...words, '--store', '.llmpipe']).code, words[0]).toBe(0)
  expect(project.llmpipe(['test', 'recipes.llmpipe']).stdout).toContain('✓ sizes  cached')
  const { stdout } = project.llmpipe(['plan', 'recipes.llmpipe'])
  expect(stdout).not.toMatch(/texts|expect/)
  expect(stdout).toContain('train,test')
})

describe('a failure says', () => {
  const run = (body: string) => {
    project.write('wrong.llmpipe', `${recipes}\n${body}`)
    return project.llmpipe(['test', 'wrong.llmpipe'])
  }

  test('what was expected, what came, which rule dropped it, and where', { timeout: 60_000 }, () => {
    const { code, stdout } = run('test "menus stay" {\n  expect (texts("Home | About") |> long()) == ["Home"]\n}\n')
    expect(code).toBe(1)
    expect(stdout).toContain(`✗ menus stay
    expected (texts("Home | About") |> long()) == ["Home"], but texts("Home | About") |> long() has no documents
    long: words >= 3 dropped "Home | About" (words = 2)
    wrong.llmpipe:19
2 passed, 1 failed in `)
  })

  test('which values were known before the run', { timeout: 60_000 }, () => {
    const { stdout } = run(`test "values" {
  expect double(3) == 7
  expect "a" + "b" == "ac"
  expect not (double(1) > 1)
}
`)
    expect(stdout).toContain('expected double(3) == 7, but double(3) is 6')
    expect(stdout).toContain('expected "a" + "b" == "ac", but "a" + "b" is "ab"')
    expect(stdout).toContain('expected not double(1) > 1, but double(1) is 2')
  })

  test('which stage failed, as JSON too', { timeout: 60_000 }, () => {
    run('test "no file" { expect read("no-such-file.txt").documents == 1 }\n')
    const { code, stdout } = project.llmpipe(['test', 'wrong.llmpipe', '--json'])
    expect(code).toBe(1)
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['short texts go', 'passed'],
      ['sizes', 'passed'],
      ['no file', 'failed'],
    ])
    expect(results[2]).toMatchObject({ file: 'wrong.llmpipe', line: 18, expectations: 1, cached: false })
    expect(results[2].problems[0].message).toMatch(/^no file: expect1\.read failed: .*no-such-file\.txt/)
  })
})

test('errors in a test are errors of the program, and names of a test stay inside', () => {
  project.write(
    'names.llmpipe',
    `${recipes}\ntest "a" { data own = texts("x") expect own.documents == own.tokens }\nlet y = own\n`,
  )
  const { code, stdout, stderr } = project.llmpipe(['check', 'names.llmpipe'])
  expect(code).not.toBe(0)
  expect(stdout + stderr).toContain('`own` will have no metric `tokens`')
  expect(stdout + stderr).toContain('Nothing is called `own` here')
  expect(project.llmpipe(['test', 'names.llmpipe']).code).toBe(2)
})

test('a folder without tests is refused, and a file without tests gives a line', () => {
  const empty = makeProject({ 'plain.llmpipe': 'data docs = texts("a")\n' })
  expect(empty.llmpipe(['test'])).toMatchObject({ code: 2 })
  expect(empty.llmpipe(['test', 'plain.llmpipe']).stdout).toContain('plain.llmpipe has no tests')
  empty.remove()
})

test.each(['clean', 'chat'])('the tests of std.%s pass', { timeout: 120_000 }, (name) => {
  project.write(`${name}.llmpipe`, readFileSync(`stdlib/${name}.llmpipe`, 'utf8'))
  const { code, stdout } = project.llmpipe(['test', `${name}.llmpipe`])
  expect(code, stdout).toBe(0)
})
