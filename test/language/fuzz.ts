/** Broken programs that nobody would write, determined by a seed: for fuzz.test.ts and trials/fuzz. */

import { readFileSync } from 'node:fs'
import { globSync } from 'tinyglobby'

/** Random numbers from a seed (mulberry32). */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** The programs to damage: those that come with llmpipe, and the cases of the tests. */
export function corpus(): readonly string[] {
  return globSync([
    'pipelines/*.llmpipe',
    'stdlib/*.llmpipe',
    'test/language/cases/*.llmpipe',
    'test/language/format/*.llmpipe',
    'test/grammar/golden/*.llmpipe',
  ])
    .sort()
    .map((path) => readFileSync(path, 'utf8'))
    .filter((text) => text.length < 20_000)
}

const pieces = [
  ...'data model stage tokenizer let param use op filter block for in repeat if else as to export expect not and or true false'.split(
    ' ',
  ),
  ...'= == != < <= > >= + - * / ^ |> .. . , : ( ) [ ] { } // /// # ; ! ? & | % @ \\ ` $ ~'.split(' '),
  ...[
    '"a"',
    '"a{b}c"',
    '"',
    'r"',
    "'x'",
    '"{',
    '}"',
    '"""',
    '“x”',
    '1',
    '2.5',
    '1_000',
    '10%',
    '64KiB',
    '.5',
    '5.',
    '0x1',
    '1e-3f',
    '1,000',
  ],
  ...[
    'a',
    'b',
    'prose',
    'words',
    'read("a.txt")',
    'tidy()',
    'größe',
    '\u200b',
    '\ufeff',
    '\u202e',
    '\ufffd',
    '\u0000',
    '\u001b[2K',
    '\n',
    '\r\n',
    '\t',
    '\n\n',
    ' ',
  ],
  ...[
    '<<<<<<<',
    '=======',
    '>>>>>>>',
    '=>',
    '->',
    '**',
    '&&',
    '||',
    '===',
    'None',
    'True',
    'def f(x):',
    'return',
    'import x from y',
    'lambda x: x',
  ],
]

/** A program that is broken in some way, of at most 64 KiB. */
export function broken(random: (below: number) => number, texts: readonly string[]): string {
  const pick = <T>(all: readonly T[]): T => all[random(all.length)] as T
  switch (random(8)) {
    case 0:
      return Array.from({ length: random(200) }, () => pick(pieces)).join(pick(['', ' ', ' ', '\n']))
    case 1:
      return Array.from({ length: random(400) }, () => String.fromCharCode(random(pick([128, 256, 65_536])))).join('')
    case 2:
      return nested(random, pick)
    case 3: {
      // Lines of several programs, in any order.
      const lines = [...pick(texts).split('\n'), ...pick(texts).split('\n')]
      return Array.from({ length: random(60) }, () => pick(lines)).join('\n')
    }
    default: {
      let text = pick(texts)
      for (let round = 1 + random(4); round > 0; round--) text = damaged(text, random, pick)
      return text.slice(0, 2 ** 16)
    }
  }
}

type Pick = <T>(all: readonly T[]) => T

function damaged(text: string, random: (below: number) => number, pick: Pick): string {
  const at = random(text.length + 1)
  const length = random(pick([2, 10, 60]))
  switch (random(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length)
    case 1:
      return text.slice(0, at) + pick(pieces) + text.slice(at)
    case 2:
      return text.slice(0, at) + pick(pieces) + text.slice(at + length)
    case 3:
      return text.slice(0, at) + text.slice(at, at + length).repeat(1 + random(pick([3, 40]))) + text.slice(at + length)
    case 4: {
      const to = random(text.length + 1)
      return text.slice(0, to) + text.slice(at, at + length) + text.slice(to)
    }
    default:
      return text.slice(0, at)
  }
}

const openings = [
  '(',
  '[',
  '{',
  '"{',
  '"{(',
  'if ',
  'if a { ',
  'not ',
  '-',
  'f(',
  'a |> f(',
  'for x in [1] { ',
  'a.',
  'a[',
  '1 + ',
  '2 ^ ',
  'x |> f() ',
  'a, ',
  'let a = ',
]
const closings = [')', ']', '}', '}"', ')}"', ' else { b }', ' }', '']

function nested(random: (below: number) => number, pick: Pick): string {
  const count = random(pick([10, 100, 3000]))
  const opening = pick(openings)
  const closing = pick(closings)
  const head = pick(['let a = ', 'data a = read("x") |> ', 'expect ', 'op f(x) = ', 'filter f() { ', ''])
  return `${head}${opening.repeat(count)}${pick(['1', 'a', '"a"', ''])}${closing.repeat(random(2) === 0 ? count : random(count + 1))}\n`
}
