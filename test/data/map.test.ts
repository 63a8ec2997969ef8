/** The step `map`: texts out of fields. */

import { expect, it } from 'vitest'
import { Rig } from './rig.ts'

const rig = new Rig()
const record = { id: 'a', title: 'One', body: 'First.', meta: { by: 'me', n: 3 }, url: 'u', text: 'old' }
const run = (call: string, rows: readonly object[] = [record]) =>
  rig.program(
    `data x = read("a.jsonl") |> ${call}`,
    rig.files({ 'a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') }),
  )

it('a text is made of fields, and only the named fields stay', async () => {
  const { rows, report } = await run(
    'map(text: "{title} by {meta.by}\\n\\n{body} ({meta.n}, {text})", keep_fields: ["url"])',
  )
  expect(rows).toEqual([{ id: 'a', text: 'One by me\n\nFirst. (3, old)', url: 'u' }])
  expect(report.ledger!.changed).toMatchObject([{ step: 'map', documents: 1 }])
})

it('later conditions see the new text, and the fields that stayed', async () => {
  expect(
    (await run('map(text: "{title} {body}") |> keep(where: text == "One First." and words == 2)')).rows,
  ).toHaveLength(1)
  await expect(run('map(keep_fields: []) |> keep(where: url == "u")')).rejects.toMatchObject({ code: 'missing-field' })
})

it('a missing field is an error that names the document and its fields', async () => {
  await expect(run('map(text: "{headline}")')).rejects.toMatchObject({
    code: 'missing-field',
    message: 'the document a has no field `headline`',
    help: expect.stringContaining('It has title, body, meta, url, text, id. Drop such documents first'),
  })
  await expect(run('map(text: "{meta}")')).rejects.toMatchObject({
    code: 'wrong-field',
    help: expect.stringContaining('{meta.NAME}'),
  })
})

it('a hole can be the host of a URL, as in conditions', async () => {
  const { rows } = await run('map(text: "{url.host}")', [{ text: 'a', url: 'https://Example.org/x' }])
  expect(rows.map(({ text }) => text)).toEqual(['example.org'])
})

it('the hole {id} of a document without an id of its own is the id that other documents are written with', async () => {
  const [plain, mapped] = await Promise.all([
    run('keep(where: words > 0)', [{ text: 'a b' }]),
    run('map(text: "{id}")', [{ text: 'a b' }]),
  ])
  expect(mapped.texts).toEqual([plain.rows[0]!.id])
})

it('numbers that JavaScript cannot hold keep their digits in the fields that stay', async () => {
  const files = rig.files({ 'a.jsonl': '{"text":"x","n":12345678901234567890,"m":1.10,"k":1}' })
  const { artefact } = await rig.program('data x = read("a.jsonl") |> map(text: "{n}", keep_fields: ["n", "k"])', files)
  const { readFileSync } = await import('node:fs')
  expect(readFileSync(`${artefact.path}/docs-00000.jsonl`, 'utf8')).toMatch(
    /"text":"12345678901234567890","n":12345678901234567890,"k":1\}\n$/,
  )
})

it('a field of keep_fields that no document has is named at the end of the run, with the fields that there are', async () => {
  const warned = () => rig.events.splice(0).flatMap((event) => (event.event === 'log' ? [event.message] : []))
  warned()
  await run('map(keep_fields: ["url", "titel"])')
  expect(warned()).toEqual([
    'No document has `titel`, which keep_fields of map names. The first has title, body, meta, url.',
  ])
  await run('map(keep_fields: ["url", "id", "text"])', [record, { id: 'b', text: 'no url' }])
  expect(warned()).toEqual([])
})

it('a text without a hole is an error: all documents would be the same', async () => {
  for (const text of ['"title"', '"\\{title}"', '""'])
    await expect(rig.program(`data x = read("a.jsonl") |> map(text: ${text})`)).rejects.toThrow('has no hole')
})
