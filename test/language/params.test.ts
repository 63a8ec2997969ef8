/** `-p` reaches the params of the files that a program uses. */

import { expect, test } from 'vitest'
import { compile } from '../../src/language/compile.ts'
import { catalogue } from './catalogue.ts'

const files: Readonly<Record<string, string>> = {
  'main.llmpipe': `use "./rules.llmpipe" { long }
use "./more.llmpipe" { short }
param most = 9
data k = read("a.txt") |> long() |> short() |> keep(where: words < most)
`,
  'rules.llmpipe': 'param least = 3\nparam same = 1\nop long(docs) = docs |> keep(where: words >= least + same)\n',
  'more.llmpipe': 'param same = 2\nparam most = 5\nop short(docs) = docs |> keep(where: words <= most + same)\n',
}

function compiled(params: Readonly<Record<string, string>>) {
  const { program, diagnostics } = compile('main.llmpipe', { read: (path) => files[path], catalogue, params })
  const labels = program?.calls.flatMap(({ params: { $where } }) => ($where === undefined ? [] : [$where]))
  return { labels, errors: diagnostics.map(({ code, help }) => `${code} ${help}`) }
}

test('a param of another file is set, and one of the program itself comes first', () => {
  expect(compiled({}).labels).toEqual(['words >= 3 + 1', 'words <= 5 + 2', 'words < 9'])
  expect(compiled({ least: '7', most: '20' }).labels).toEqual(['words >= 7 + 1', 'words <= 5 + 2', 'words < 20'])
})

test('a param that two other files declare is ambiguous, and one of none is unknown', () => {
  expect(compiled({ same: '3' }).errors).toEqual([
    'E0206 `rules.llmpipe` and `more.llmpipe` declare it: rename one of them.',
  ])
  expect(compiled({ leest: '3' }).errors).toEqual(['E0206 Did you mean `least`?'])
})
