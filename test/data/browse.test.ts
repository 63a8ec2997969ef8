/** Documents that are found while they are asked for: the same ones as by reading everything. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { Matches } from '../../src/data/browse/matches.ts'
import type { Document } from '../../src/data/document.ts'

const root = mkdtempSync(join(tmpdir(), 'llmpipe-browse-'))
afterAll(() => rmSync(root, { recursive: true }))

function shards(contents: readonly string[]): string {
  const folder = mkdtempSync(join(root, 'docs-'))
  for (const [i, content] of contents.entries()) writeFileSync(join(folder, `docs-0000${i}.jsonl`), content)
  return folder
}

const lineOf = (text: string, id: number) => `${JSON.stringify({ id: `d${id}`, text })}\n`

async function all(folder: string, test?: (document: Document) => boolean) {
  const matches = await Matches.of(folder, test)
  while (!matches.isDone) matches.step()
  return Array.from({ length: matches.found }, (_, index) => {
    const found = matches.read(index)
    return 'document' in found ? found.document.text : found.beginning
  })
}

describe('the documents of an artefact', () => {
  test('are those of its lines, in all shards, and those of a condition', async () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 4 }), async (parts) => {
        const folder = shards(parts.map((part) => part.map(lineOf).join('')))
        expect(await all(folder)).toEqual(parts.flat())
        const isLong = (text: string) => text.length > 5
        expect(await all(folder, ({ text }) => isLong(text))).toEqual(parts.flat().filter(isLong))
      }),
      { numRuns: 40 },
    )
  })

  test('are read in blocks, and none is lost where a block ends', async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `${i} `.repeat(20_000 + 997 * i))
    const folder = shards([texts.map(lineOf).join('').trimEnd()])
    const matches = await Matches.of(folder)
    matches.step()
    expect(matches.found).toBeGreaterThan(5)
    expect(matches.found).toBeLessThan(60)
    expect(await all(folder)).toEqual(texts)
  })

  test('may be larger than what is shown: their beginning is, and a condition leaves them out', async () => {
    const huge = 'x'.repeat(70 * 2 ** 20)
    const folder = shards([lineOf('before', 0) + lineOf(huge, 1) + lineOf('after', 2)])
    const [before, beginning, after, ...more] = await all(folder)
    expect([before, after, more]).toEqual(['before', 'after', []])
    expect(beginning!.length).toBe(2 ** 20)
    const tested = await Matches.of(folder, () => true)
    while (!tested.isDone) tested.step()
    expect([tested.found, tested.tooLong]).toEqual([2, 1])
  })

  test('of an empty artefact: there is no match', async () => {
    expect(await all(shards(['']))).toEqual([])
  })
})
