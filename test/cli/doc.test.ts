/** `llmpipe doc`: the reference of programs and modules. */

import { afterAll, expect, test } from 'vitest'
import { markdownLines } from '../../src/cli/terminal/markdown.ts'
import { makeProject } from './rig.ts'

const project = makeProject({
  'recipes.llmpipe': `/// Recipes for menus.
/// They go.

use std.clean { tidy }

/// The files to read.
param corpus = "data/*.txt"

let rates = [1e-3, 3e-4]

/// A part of a number.
let share(n, part = 10%) = round(n * part)

/// Short texts go.
filter long(min = 5) { words >= min }

/// Tidy and long:

/// only this counts.
op clean(docs, min = 5) = docs
  |> tidy()
  |> long(min: min)

block mlp(x: [batch, time, dim], hidden = 4 * dim) { linear(x, dim) }

if corpus == "" { data prose = read("a") } else { data prose = read(corpus) }
`,
  'empty.llmpipe': '',
  'broken.llmpipe': 'param steps = 10\nfilter long(min = 5) { words >= \n',
})
afterAll(() => project.remove())

const doc = (...args: string[]) => project.llmpipe(['doc', ...args])

test('a page has every declaration with its signature, defaults and documentation', () => {
  const { code, stdout } = doc('recipes.llmpipe')
  expect(code).toBe(0)
  expect(stdout).toContain(
    '# recipes.llmpipe\n\nRecipes for menus.\nThey go.\n\n```\nuse "recipes.llmpipe" { corpus }\n```\n',
  )
  expect(stdout).toContain('## Params\n\n### corpus\n\n```\nparam corpus = "data/*.txt"\n```\n\nThe files to read.\n')
  expect(stdout).toContain('### rates\n\n```\nlet rates = [1e-3, 3e-4]\n```\n')
  expect(stdout).toContain(
    '```\nlet share(n, part = 10%)\n```\n\nA part of a number.\n\n- `n`: required\n- `part`: default `10%`\n',
  )
  expect(stdout).toContain('```\nop clean(docs, min = 5)\n```\n\nonly this counts.\n')
  expect(stdout).toContain('- `x`: [batch, time, dim], required\n- `hidden`: default `4 * dim`\n')
  expect(stdout.match(/^### prose$/gm)).toHaveLength(1)
  expect(doc('empty.llmpipe').stdout).toContain('It declares nothing')
})

test('JSON has the same', () => {
  const { declarations, doc: text } = JSON.parse(doc('recipes.llmpipe', '--json').stdout)
  expect(text).toBe('Recipes for menus.\nThey go.')
  expect(declarations.find(({ name }: { name: string }) => name === 'share')).toEqual({
    name: 'share',
    keyword: 'let',
    signature: 'share(n, part = 10%)',
    parameters: [{ name: 'n' }, { name: 'part', default: '10%' }],
    doc: 'A part of a number.',
    line: 12,
  })
})

test('standard modules are listed, and have pages', () => {
  const { stdout } = doc()
  expect(stdout).toMatch(/^std\.clean +Published recipes/m)
  expect(stdout).toMatch(/^std\.presets +Models by size/m)
  expect(doc('std.clean').stdout).toContain('use std.clean { tidy }')
  expect(doc('std.models').stdout).toContain('## Architectures\n\n### llama\n')
})

test('what is not there is refused', () => {
  expect(doc('none.llmpipe')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no module none.llmpipe'),
  })
  expect(doc('std.none').stderr).toContain('lists the standard modules')
  expect(doc('npm:none/a').stderr).toContain('npm install none')
})

test('a terminal gets wrapped paragraphs and indented code', () => {
  const page = `# a\n\n${'word '.repeat(40).trim()}\n\n\`\`\`\nuse a\n\n  b\n\`\`\`\n\n- \`n\`: required\n- \`m\`: default \`1\`\n`
  const lines = markdownLines(page, 60).map((line) => line.map(({ text }) => text).join(''))
  expect(lines[0]).toBe('A')
  expect(lines.every((line) => line.length <= 60)).toBe(true)
  expect(lines.join('\n')).toContain('\n\n  use a\n  \n    b\n\n  · `n`: required\n  · `m`: default `1`')
})

test('a module with syntax errors says so beside what can be read of it', () => {
  const { code, stdout, stderr } = doc('broken.llmpipe')
  expect([code, stdout]).toEqual([0, expect.stringContaining('### steps')])
  expect(stderr).toContain('broken.llmpipe has syntax errors')
})
