/** The survey of an artefact: its lengths and the values of its fields, of all documents and of a sample. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { surveyOf } from '../../src/data/survey.ts'

const root = mkdtempSync(join(tmpdir(), 'llmpipe-survey-'))
afterAll(() => rmSync(root, { recursive: true }))

function shards(contents: readonly string[]): string {
  const folder = mkdtempSync(join(root, 'docs-'))
  for (const [i, content] of contents.entries()) writeFileSync(join(folder, `docs-0000${i}.jsonl`), content)
  return folder
}

const line = (record: object) => `${JSON.stringify(record)}\n`

test('counts lengths in bytes, values of fields, and hosts of addresses', async () => {
  const records = Array.from({ length: 40 }, (_, i) => ({
    id: `${i}`,
    text: 'é'.repeat(i),
    lang: i % 4 === 0 ? 'de' : 'en',
    url: `https://${i % 2 === 0 ? 'A' : 'b'}.example/${i}`,
    title: `title ${i}`,
    score: i / 40,
    ...(i < 10 ? { isOld: true } : {}),
    meta: { nested: i },
  }))
  const folder = shards([records.slice(0, 15), records.slice(15)].map((part) => part.map(line).join('')))
  const { documents, total, read, lengths, fields } = await surveyOf(folder, false)
  expect([documents, read]).toEqual([40, total])
  expect(lengths).toMatchObject({ least: 0, mean: 39, most: 78 })
  expect(lengths.histogram.bins.reduce((sum, [, , count]) => sum + count, 0)).toBe(40)
  const named = (name: string) => fields.find((field) => field.name === name)
  expect(named('lang')).toMatchObject({
    documents: 40,
    different: 2,
    values: [
      ['en', 30],
      ['de', 10],
    ],
  })
  expect(named('url.host')).toMatchObject({
    values: [
      ['a.example', 20],
      ['b.example', 20],
    ],
  })
  expect(named('isOld')).toMatchObject({ documents: 10, values: [['true', 10]] })
  expect(named('title')!.values).toBeUndefined()
  expect(named('meta')!.values).toBeUndefined()
  expect(named('score')!.numbers!.bins.length).toBeGreaterThan(5)
})

test('of a large artefact a sample is read, the same each time', async () => {
  // Three shards of 2.6 MB; a quarter of them is read.
  const shard = Array.from({ length: 2_600 }, (_, i) =>
    line({ id: `${i}`, text: 'x'.repeat(1_000), part: i % 2 }),
  ).join('')
  const folder = shards([shard, shard, shard])
  const sample = await surveyOf(folder, false, 2 * 2 ** 20)
  expect(sample.read).toBe(2 * 2 ** 20)
  expect(sample.documents).toBeGreaterThan(1_900)
  expect(await surveyOf(folder, false, 2 * 2 ** 20)).toEqual(sample)
  expect((await surveyOf(folder, true, 2 * 2 ** 20)).documents).toBe(7_800)
})

test('of no documents says so', async () => {
  expect(await surveyOf(shards(['']), false)).toMatchObject({
    documents: 0,
    lengths: { least: 0, mean: 0, most: 0 },
    fields: [],
  })
})

test('a last line without a line break counts', async () => {
  const folder = shards([`${line({ id: 'a', text: 'one' })}${JSON.stringify({ id: 'b', text: 'three' })}`])
  expect(await surveyOf(folder, false)).toMatchObject({ documents: 2, lengths: { least: 3, most: 5 } })
})
