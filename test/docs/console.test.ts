import { describe, expect, test } from 'vitest'
import { blocksOf, matches } from './console.ts'

test('a page is edits and sessions', () => {
  const page = 'x\n```diff\n a\n-b\n+c\n```\n```console\n$ llmpipe run "a b" -x\nout\n$ cd y\n```\n```\nnot run\n```\n'
  expect(blocksOf(page)).toEqual([
    { type: 'diff', line: 2, removed: 'a\nb', added: 'a\nc' },
    {
      type: 'console',
      line: 7,
      commands: [
        { words: ['llmpipe', 'run', 'a b', '-x'], expected: 'out\n' },
        { words: ['cd', 'y'], expected: '' },
      ],
    },
  ])
})

describe('printed text matches the page', () => {
  test.each([
    ['8 ran in 3.1s', '8 ran in 1,234s', true],
    ['8 ran in 3.1s', '12 ran in 3.1s', false],
    ['loss 2.31', 'loss 4.5', true],
    ['8 ran', 'none ran', false],
    ['8 ran, 0 cached', '8 ran', false],
    ['a  b', 'a    b', true],
    ['a\n…\nb', 'a\nanything\nat all\nb\n', true],
    ['a\n…\nb', 'a\nanything\nc', false],
    ['step1', 'step2', false],
    ['run 20261124-191851-13a81c', 'run 20271124-191851-aaaaaa', true],
    ['= a  cached  3 files', '= a  cached, saved 1m 05s  3 files', true],
  ])('%j is %j: %s', (expected, printed, is) => expect(matches(expected, printed)).toBe(is))
})
