/** `llmpipe browse`: what its keys do, what its frames show, and what it says without a terminal. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../../../src/cli/browse/browser.ts'
import { conditionOf } from '../../../src/cli/browse/condition.ts'
import type { Ledger } from '../../../src/core/ledger.ts'
import { Document } from '../../../src/data/document.ts'
import { textOf, widthOfLine } from '../../../src/view/line.ts'
import { makeProject } from '../rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-browser-'))
afterAll(() => rmSync(folder, { recursive: true }))

const hostile = 'escape \u001b[2J and \u202e back, 漢字 and 👩‍👩‍👧 and e\u0301, a\ttab\r\nand a\u0007 bell'
const texts = ['The first whale.', hostile, 'Nothing of that kind.', 'Another WHALE\n  swims by.', 'x'.repeat(5000)]
writeFileSync(
  join(folder, 'docs-00000.jsonl'),
  texts.map((text, i) => `${JSON.stringify({ id: `id-${i}`, text, lang: i === 2 ? 'de' : 'en' })}\n`).join(''),
)
const ledger: Ledger = {
  in: { documents: 9, bytes: 900 },
  out: { documents: 5, bytes: 500 },
  dropped: [
    { rule: 'keep: words > 1', documents: 4, bytes: 9, samples: [{ id: 'gone', text: 'Home', value: 'words = 1' }] },
  ],
  changed: [],
  malformed: { count: 0, samples: [] },
  truncated: [],
}

const size = { columns: 80, rows: 23 }
let browser: Browser
let quits = 0
beforeEach(async () => {
  quits = 0
  browser = await Browser.open({ name: 'docs', folder, ledger }, undefined, () => void quits++)
  await settled()
})

/** Waits until nothing is read any more: three frames in a row that are equal, after as many looks at the folder. */
async function settled(): Promise<void> {
  let shown = ''
  for (let equal = 0; equal < 3; ) {
    for (let turn = 0; turn < 5; turn++) await stat(folder)
    await new Promise(setImmediate)
    const now = browser.frame(size).map(textOf).join('\n')
    equal = now === shown ? equal + 1 : 0
    shown = now
  }
}

async function press(...keys: readonly string[]): Promise<string> {
  for (const key of keys) {
    if (['up', 'down', 'return', 'escape', 'backspace', 'pageDown', 'interrupt'].includes(key))
      browser.key({ name: key as 'up' }, size)
    else browser.key({ typed: key }, size)
    await settled()
  }
  return browser.frame(size).map(textOf).join('\n')
}

describe('keys', () => {
  test('go from document to document, and to the last one', async () => {
    expect(await press()).toMatch(/document 1 of 5[\s\S]*▸ id-0[\s\S]*lang: en[\s\S]*The first whale\./)
    expect(await press('j', 'down')).toMatch(/document 3 of 5[\s\S]*lang: de/)
    expect(await press('up', 'k', 'k', 'k')).toContain('document 1 of 5')
    expect(await press('G')).toContain('document 5 of 5')
    expect(await press('g')).toContain('document 1 of 5')
    expect(await press('pageDown')).toContain('document 5 of 5')
  })

  test('search for a text in whatever case, again, and say when there is none', async () => {
    expect(await press('/', 'whale', 'return')).toContain('document 1 of 5')
    expect(await press('n')).toContain('document 4 of 5')
    expect(await press('n')).toContain('no further document has “whale”')
    const marked = browser
      .frame(size)
      .flat()
      .filter(({ tone }) => tone === 'selected')
    expect(marked.map(({ text }) => text)).toEqual(['WHALE'])
  })

  test('filter by a condition of the language, and end it', async () => {
    const shown = await press('w', 'lang == "de"', 'return')
    expect(shown).toMatch(/where lang == "de": 1 found\n[\s\S]*lang = "de"/)
    expect(shown).toContain('document 1 of 1')
    expect(await press('escape')).toContain('document 1 of 5')
  })

  test('explain a condition that is wrong, and one that a document cannot answer', async () => {
    expect(await press('w', 'words >', 'return')).toContain('document 1 of 5')
    expect(browser.frame(size).map(textOf).at(-1)).not.toContain('q quit')
    expect(await press('w', 'score > 1', 'return')).toContain('the document id-0 has no field `score`')
    expect(await press('j')).toContain('document 2 of 5')
  })

  test('show what rules dropped, by what they saw', async () => {
    expect(await press('d')).toMatch(
      /dropped documents {2}1 sample of 4[\s\S]*keep: words > 1 \(1 of 4\)[\s\S]*words = 1[\s\S]*Home/,
    )
    expect(await press('escape')).toContain('document 1 of 5')
  })

  test('scroll the text, correct what is typed, help and quit', async () => {
    expect(await press('G', ' ')).toMatch(/x{60}/)
    expect(await press('/', 'ab', 'backspace')).toMatch(/search: a *$/m)
    expect(await press('escape', '?')).toContain('scroll the text down')
    await press('escape', 'q')
    await press('interrupt')
    expect(quits).toBe(2)
  })
})

test.each([
  [20, 4],
  [40, 10],
  [80, 23],
  [160, 49],
])(
  'a frame of %i columns and %i rows is that large, and hostile text does not act on the terminal',
  async (columns, rows) => {
    await press('j')
    const lines = browser.frame({ columns, rows })
    expect(lines.length).toBe(rows)
    for (const line of lines) {
      expect(widthOfLine(line)).toBeLessThanOrEqual(columns)
      expect(textOf(line)).not.toMatch(/[\p{Cc}\u202e]/u)
    }
    if (columns >= 80) expect(lines.map(textOf).join('\n')).toContain('escape \\u{1b}[2J and \\u{202e} back')
  },
)

test('a condition is one condition of the language, and injects nothing else', () => {
  expect(conditionOf('words > 1 // two').test(new Document('two words'))).toBe(true)
  expect(conditionOf('characters in 1..3').test(new Document('four'))).toBe(false)
  expect(() => conditionOf('words > 1) |> drop(where: words > 1')).toThrow()
  expect(() => conditionOf('true)\nstage x = shell("rm"')).toThrow()
  expect(() => conditionOf('url.host in list("a.txt")')).toThrow('browse does not read lists')
})

test('documents that are collected while they are read are an error in words, not the end of browse', async () => {
  const own = mkdtempSync(join(tmpdir(), 'llmpipe-browser-'))
  const lines = Array.from({ length: 300 }, (_, i) => `${JSON.stringify({ id: `${i}`, text: 'x'.repeat(8_000) })}\n`)
  writeFileSync(join(own, 'docs-00000.jsonl'), lines.join(''))
  browser = await Browser.open({ name: 'docs', folder: own, ledger: undefined }, undefined, () => {})
  await settled()
  rmSync(own, { recursive: true })
  expect(await press('pageDown')).toContain('the documents cannot be read: ENOENT')
  const footer = (shown: string) => shown.split('\n').at(-1)
  expect(footer(await press('/', 'whale', 'return'))).toContain('the documents cannot be read: ENOENT')
  expect(footer(await press('w', 'words > 1', 'return'))).toContain('the documents cannot be read: ENOENT')
})

test('without a terminal, and for other artefacts, browse says what to do', () => {
  const project = makeProject({
    'a.llmpipe': 'data d = read("d.txt")\ntokenizer t = bytes()\n',
    'd.txt': 'A text.',
    'crawl/pages.jsonl': '{"text": "A page."}\n',
  })
  project.llmpipe(['run', 'a.llmpipe'])
  const piped = project.llmpipe(['browse', 'a.llmpipe', 'd'])
  expect([piped.code, piped.stdout]).toEqual([2, ''])
  expect(piped.stderr).toMatch(/error: browse needs a terminal[\s\S]*help: llmpipe show/)
  expect(project.llmpipe(['browse', 'a.llmpipe', 't']).stderr).toContain('browse shows documents, and t is Tokenizer')
  expect(project.llmpipe(['browse', 'crawl']).stderr).toContain('has no documents of a stage')
  project.remove()
})
