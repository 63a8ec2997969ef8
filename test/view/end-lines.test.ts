/** The end of a run. */

import { expect, test } from 'vitest'
import { storeWords } from '../../src/cli/program/store-folder.ts'
import type { RunEvent } from '../../src/core/event.ts'
import { endLines } from '../../src/view/end-lines.ts'
import { textOf } from '../../src/view/line.ts'
import { foldAll } from '../../src/view/log/fold.ts'
import { begun, ended, failed, finished, of, planned, started } from './events.ts'

const shown = (events: readonly RunEvent[], results: readonly string[], option = '') =>
  endLines(foldAll([begun, ...events]), { results, storeOption: option }).map((line) => textOf(line).trimEnd())

test('a result has its metrics, and the command that shows it', () => {
  const events = [planned('base'), finished('base', { valid_loss: 2.5, steps: 10 }), ended({ ran: 1 })]
  expect(shown(events, ['base'])).toEqual([
    '',
    'base  base is made',
    '  held-out loss  2.500',
    '  steps          10',
    '  look          llmpipe show small.llmpipe base -p steps=10  (digest of ba)',
    '',
    '1 ran, 0 cached in 3.0s',
  ])
})

test('a store that the command would not find is named', () => {
  const events = [planned('base'), finished('base')]
  expect(shown(events, ['base'], '--store /elsewhere').join('\n')).toContain('base -p steps=10 --store /elsewhere ')
  expect(storeWords('/a/.llmpipe', '/a/p.llmpipe')).toBe('')
  expect(storeWords('/b/.llmpipe', '/a/p.llmpipe')).toBe('--store /b/.llmpipe')
  expect(storeWords("/b c's", '/a/p.llmpipe')).toBe(`--store '/b c'\\''s'`)
})

test('the variants of a stage are one table, the best first', () => {
  const variant = (lr: string) => ({ variant: { of: 'base', values: { lr } } })
  const names = ['1e-3', '3e-3'].map((lr) => `base[lr=${lr}]`)
  const events = [
    planned(names[0]!, variant('1e-3')),
    planned(names[1]!, variant('3e-3')),
    finished(names[0]!, { valid_loss: 4 }),
    finished(names[1]!, { valid_loss: 3 }),
  ]
  expect(shown(events, names)).toEqual([
    '',
    'base  2 variants',
    '  lr    TOOK  valid_loss',
    '  3e-3  1.0s           3',
    '  1e-3  1.0s           4',
  ])
})

test('stages that go on as jobs of a cluster do not count as interrupted, and the commands for them are named', () => {
  const variant = (lr: string) => ({ variant: { of: 'base', values: { lr } } })
  const left = (name: string, id: string): RunEvent => ({
    event: 'interrupted',
    ...of(name),
    continuesIn: { type: 'job', system: 'slurm', id, folder: 'f' },
    time: 3_000,
  })
  const events = [
    planned('a', variant('1e-3')),
    planned('b', variant('3e-3')),
    left('a', '6_0'),
    left('b', '6_1'),
    ended({ ran: 4, interrupted: 3 }),
  ]
  expect(shown(events, ['a', 'b'], '--store /s')).toEqual([
    '',
    'base  2 variants',
    '  lr    TOOK',
    '  1e-3        goes on in slurm job 6_0',
    '  3e-3        goes on in slurm job 6_1',
    '',
    '4 ran, 0 cached, 1 interrupted, 2 go on in 3.0s',
    'llmpipe attach --store /s shows the jobs that go on, llmpipe stop --store /s ends them; run again to start the stages after them',
  ])
})

test('failures come last, each with its place', () => {
  const events = [planned('base', { line: 7 }), started('base'), failed('base'), ended({ failed: 1 })]
  expect(shown(events, ['base'])).toEqual([
    '',
    '0 ran, 0 cached, 1 failed in 3.0s',
    '',
    'error[diverged]: training diverged',
    '  --> small.llmpipe:7  base',
  ])
})
