/** Exporting documents: Parquet and packed lines hold what the artefact holds. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parquetMetadata } from 'hyparquet'
import { expect, it } from 'vitest'
import { Document } from '../../../src/data/document.ts'
import { writeParquet } from '../../../src/data/write-parquet.ts'
import { kinds } from '../../../src/stages/index.ts'
import { Rig } from '../rig.ts'

const rig = new Rig()
const lines = [
  '{"id":"a","text":"One é 𝄞","n":1,"big":1234567890123456789,"f":0.5,"mixed":1,"ok":true,"meta":{"x":[1,1.10,"y"]},"any":"x"}',
  '{"id":"b","text":"","n":-2,"big":7,"f":3,"mixed":"two","ok":null,"meta":[],"any":null}',
  '{"id":"c","text":"Three","n":3,"any":{"deep":12345678901234567890123}}',
]
const docs = async (text: string) =>
  (await rig.program('data x = read("a.jsonl")', rig.files({ 'a.jsonl': text }))).artefact
const exported = async (as: string, text = lines.join('\n')) =>
  (await rig.run(kinds.export as never, { as }, { of: [await docs(text)] })).artefact.path

it('a Parquet file has a column of the right type for each field', async () => {
  const folder = await exported('parquet')
  const { schema, num_rows: rows } = parquetMetadata(readFileSync(join(folder, 'docs.parquet')))
  expect(rows).toBe(3n)
  expect(
    schema
      .slice(1)
      .map(({ name, type, converted_type, logical_type }) => `${name} ${converted_type ?? logical_type?.type ?? type}`),
  ).toEqual([
    'id UTF8',
    'text UTF8',
    'n INT64',
    'big INT64',
    'f DOUBLE',
    'mixed JSON',
    'ok BOOLEAN',
    'meta JSON',
    'any JSON',
  ])
})

it('a Parquet file that is read again gives the same documents, with null for missing fields', async () => {
  const bytes = readFileSync(join(await exported('parquet'), 'docs.parquet'))
  const { artefact } = await rig.program('data x = read("a.parquet")', rig.files({ 'a.parquet': bytes }))
  const missing = ',"big":null,"f":null,"mixed":null,"ok":null,"meta":null'
  expect(readFileSync(join(artefact.path, 'docs-00000.jsonl'), 'utf8').trimEnd().split('\n')).toEqual([
    lines[0],
    lines[1],
    lines[2]!.replace('"n":3', `"n":3${missing}`),
  ])
})

it('many rows make several row groups', async () => {
  const many = Array.from({ length: 25_000 }, (_, i) => `{"id":"${i}","text":"t${i}"}`)
  const bytes = readFileSync(join(await exported('parquet', many.join('\n')), 'docs.parquet'))
  const { rows } = await rig.program('data x = read("a.parquet")', rig.files({ 'a.parquet': bytes }))
  expect(parquetMetadata(bytes).row_groups.map(({ num_rows }) => num_rows)).toEqual([20_000n, 5_000n])
  expect(rows.map(({ text }) => text)).toEqual(many.map((_, i) => `t${i}`))
})

it('long fields make several row groups, as long texts do', async () => {
  const long = 'x'.repeat(4 << 20)
  const path = join(rig.folder(), 'docs.parquet')
  const documents = async function* () {
    for (let i = 0; i < 10; i++) yield [new Document('t', `${i}`, { page: { html: [long] } })]
  }
  expect(await writeParquet(documents, path)).toBe(10)
  expect(parquetMetadata(readFileSync(path)).row_groups.map(({ num_rows }) => num_rows)).toEqual([8n, 2n])
})

it('packed lines are the lines of the artefact, and the same bytes each time', async () => {
  const [one, two] = [await exported('jsonl_gz'), await exported('jsonl_gz')]
  expect(readdirSync(one)).toEqual(['docs-00000.jsonl.gz'])
  const packed = readFileSync(join(one, 'docs-00000.jsonl.gz'))
  expect(gunzipSync(packed).toString()).toBe(`${lines.join('\n')}\n`)
  expect(packed.equals(readFileSync(join(two, 'docs-00000.jsonl.gz')))).toBe(true)
})
