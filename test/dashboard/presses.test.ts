/** The keys of the dashboard, also those that are read together. */

import { expect, test } from 'vitest'
import { type KeyFlags, pressed, pressesIn, start } from '../../src/dashboard/presses.ts'
import { emptyRun, fold } from '../../src/view/log/fold.ts'

const flags: KeyFlags = {
  upArrow: false,
  downArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  escape: false,
  ctrl: false,
}

function runOf(names: readonly string[]) {
  const view = emptyRun()
  for (const name of names)
    fold(view, { event: 'planned', time: 1000, stage: name, id: name, kind: 'encode', after: [], line: 1 })
  return view
}

const view = runOf(['a', 'b', 'c', 'd', 'e'])
const size = { columns: 100, rows: 23 }
const after = (...presses: readonly string[]) =>
  presses.reduce((place, press) => pressed(view, place, false, size, press), start)

test('every letter that was read together is a press, and two Ctrl-C are two', () => {
  expect(pressesIn('jjw?', flags)).toEqual(['j', 'j', 'w', '?'])
  expect(pressesIn('\u0003\u0003', flags)).toEqual(['ctrlC', 'ctrlC'])
  expect(pressesIn('c', { ...flags, ctrl: true })).toEqual(['ctrlC'])
  expect(pressesIn('', { ...flags, pageUp: true })).toEqual(['pageUp'])
})

test('text that was pasted presses nothing but Ctrl-C', () => {
  expect(pressesIn('quit the pipeline', flags)).toEqual([])
  expect(pressesIn('quit the pipeline\u0003', flags)).toEqual(['ctrlC'])
})

test('each press starts at the place to which the last one led', () => {
  expect(after('j', 'j', 'j').chosen).toBe('d')
  expect(after('downArrow', 'downArrow', 'upArrow').chosen).toBe('b')
  expect(after('j', 'k', 'k').chosen).toBe('a')
  expect(after('w', '?').panel).toBe('help')
  expect(after('w', 'w').panel).toBe('overview')
})

test('f follows the run again and stays in the panel; Escape leaves the panel and keeps the stage', () => {
  expect(after('j', 'w', 'f')).toMatchObject({ panel: 'why' })
  expect(after('j', 'w', 'f').chosen).toBeUndefined()
  expect(after('j', 'w', 'escape')).toMatchObject({ panel: 'overview', chosen: 'b' })
})

test('a letter without a meaning changes nothing', () => {
  const place = after('j', 'l')
  expect(pressed(view, place, false, size, 'x')).toBe(place)
})
