/** Logs of the store that are read a piece at a time. */

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isText } from '../../src/core/values/shape.ts'
import { forgetDamage, linesOf, onDamage, streamStoredLines } from '../../src/store/damage.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-lines-'))
const path = join(folder, 'events.jsonl')

/** The values, and the reports of damage. */
function readBy(read: () => Iterable<string> | undefined) {
  forgetDamage()
  const reports: string[] = []
  const undo = onDamage((message) => reports.push(message))
  const found = read()
  const values = found === undefined ? undefined : [...found]
  undo()
  return { values, reports }
}

test('lines read in pieces of any length are those of the whole text, with the same reports of damage', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
    fc.constantFrom('', '{', '7', '"ää€😀"', '"'),
  )
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 40 }), (lines, pieceLength) => {
      const text = lines.join('\n')
      writeFileSync(path, text)
      const expected = readBy(() => linesOf(text, isText, path))
      expect(readBy(() => streamStoredLines(path, isText, pieceLength))).toEqual(expected)
    }),
  )
})

test('the values can be iterated again, and then have what was added', () => {
  writeFileSync(path, '"a"\n"b')
  const values = streamStoredLines(path, isText) ?? []
  expect([...values]).toEqual(['a'])
  writeFileSync(path, '"a"\n"b"\n')
  expect([...values]).toEqual(['a', 'b'])
})

test('a file that does not exist has no values, and a folder in its place is damage', () => {
  expect(streamStoredLines(join(folder, 'none'), isText)).toBeUndefined()
  mkdirSync(join(folder, 'odd'))
  const { values, reports } = readBy(() => streamStoredLines(join(folder, 'odd'), isText))
  expect(values).toEqual([])
  expect(reports).toEqual([`${join(folder, 'odd')} is corrupt; it is left out`])
})
