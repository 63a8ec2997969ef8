/** Records pass through a pipeline unchanged: numbers, ids and names that JavaScript would change. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Artefact } from '../../src/core/artefact.ts'
import { isDeeperThan, parseRecord } from '../../src/data/json/record.ts'
import { pair } from '../../src/stages/chat/pair.ts'
import { Rig as ChatRig } from '../stages/chat/rig.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const linesOf = ({ path }: Artefact) =>
  readdirSync(path).flatMap((name) => readFileSync(join(path, name), 'utf8').split('\n').filter(Boolean))
const read = async (file: string, pipe = '') => {
  const { artefact } = await rig.program(`data x = read("a.jsonl") ${pipe}`, rig.files({ 'a.jsonl': file }))
  return linesOf(artefact)
}

describe('numbers', () => {
  const written = [
    '9007199254740993',
    '-1234567890123456789012345678901234567890',
    '1e400',
    '-0',
    '1.0',
    '1.10',
    '1E5',
    '2.5e-3',
    '0.1234567890123456789',
    '[1,{"id":1234567890123456789,"s":"1234567890123456789: [1e400, \\"-0\\\\"},-0]',
    '{"a":[1.50],"b":"x"}',
  ]

  it('stay as they are written, from the file to the shard, and through a second pass', async () => {
    for (const number of written) {
      const line = `{"id":"a","text":"t","n":${number},"m":1}`
      expect(await read(line)).toEqual([line])
      const docs = (await rig.program('data x = read("a.jsonl")', rig.files({ 'a.jsonl': line }))).artefact
      const { artefact } = await rig.run(
        (await import('../../src/stages/data/documents/documents.ts')).documents,
        { steps: [] },
        { docs: [docs] },
      )
      expect(linesOf(artefact)).toEqual([line])
    }
  })

  it('as ids keep their digits', async () => {
    const lines = await read(
      '{"id":1234567890123456789,"text":"a"}\n{"id":1234567890123456790,"text":"b"}\n{"id":7,"text":"c"}',
    )
    expect(lines).toEqual([
      '{"id":"1234567890123456789","text":"a"}',
      '{"id":"1234567890123456790","text":"b"}',
      '{"id":"7","text":"c"}',
    ])
  })

  it('are shown as they are written, and a stage of the project sees as texts what JavaScript cannot hold', async () => {
    const line = '{"id":"a","text":"t","n":9007199254740993,"f":1.10}'
    const { artefact } = await rig.program('data x = read("a.jsonl")', rig.files({ 'a.jsonl': line }))
    const { documentLines } = await import('../../src/cli/show/documents.ts')
    const shown = documentLines(artefact.path, 200).flatMap((each) => each.map(({ text }) => text))
    expect(shown.join('')).toContain('n: 9007199254740993  f: 1.10')
    const { inputOf } = await import('../../src/custom/artefacts.ts')
    const around = { signal: new AbortController().signal, emit: () => {} } as unknown as Parameters<typeof inputOf>[1]
    const input = inputOf(artefact, around, { take: () => {} } as unknown as Parameters<typeof inputOf>[2])
    const records: unknown[] = []
    for await (const record of input as AsyncIterable<object>) records.push(record)
    expect(records).toEqual([{ id: 'a', text: 't', n: '9007199254740993', f: 1.1 }])
  })

  it('distinguish documents without an id', async () => {
    const lines = await read('{"text":"a","n":9007199254740992}\n{"text":"a","n":9007199254740993}')
    expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(2)
  })

  it('fill in templates as they are written where JavaScript cannot hold them', async () => {
    const line = '{"id":"a","text":"","author":{"id":9007199254740993},"n":9007199254740995,"score":2.50}'
    const docs = (await rig.program('data x = read("a.jsonl")', rig.files({ 'a.jsonl': line }))).artefact
    const { records } = await new ChatRig().run(pair, { docs }, { prompt: '{author.id} {n}', response: '{score}' })
    expect(records[0].messages.map(({ content }: { content: string }) => content)).toEqual([
      '9007199254740993 9007199254740995',
      '2.5',
    ])
  })

  it('and all else of any record are what JSON.parse and the source say', () => {
    const small = ['0.05', '-0.012345678901234', '0.000001', '0.0000015', '0.00000099', '0.0000001', '0.050']
    const number = fc.constantFrom(...written.slice(0, 9), ...small, '1', '0', '-2.5', '0.30000000000000004')
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        number,
        fc.string().map((text) => JSON.stringify(text)),
        fc.constantFrom('true', 'null'),
        fc.array(tie('any')).map((items) => `[${items.join(' , ')}]`),
        fc.dictionary(fc.string(), tie('any') as fc.Arbitrary<string>).map(objectOf),
      ),
    })).any as fc.Arbitrary<string>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (members) => {
        const line = objectOf(members)
        const { value: parsed, sources } = parseRecord(line)
        for (const [name, source] of Object.entries(members)) {
          const plain = JSON.parse(source)
          const same = JSON.stringify(plain) === source.replace(/ , /g, ',').replace(/" : /g, '":')
          const kept = sources?.get(name)
          if (kept !== undefined) expect(kept).toBe(source)
          else if (!source.includes('"')) expect(same).toBe(true)
          if (kept === undefined) expect((parsed as Record<string, unknown>)[name]).toEqual(plain)
        }
      }),
      { numRuns: 300 },
    )
  })
})

function objectOf(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([name, source]) => `${JSON.stringify(name)} : ${source}`)
    .join(' , ')}}`
}

describe('records', () => {
  it('may have a field called __proto__ or constructor', async () => {
    const line = '{"id":"p","text":"t","__proto__":{"x":1},"constructor":"c","toString":"s"}'
    expect(await read(line, '|> normalize()')).toEqual([line])
    const long = '{"id":"p","text":"t","__proto__":{"x":12345678901234567890}}'
    expect(await read(long)).toEqual([long])
  })

  it('turn ids that are not texts into texts', async () => {
    const lines = await read('{"id":{"$oid":"5f"},"text":"a"}\n{"id":true,"text":"b"}\n{"id":"","text":"c"}')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([
      '{"$oid":"5f"}',
      'true',
      expect.stringMatching(/^[0-9a-f]{16}$/),
    ])
  })

  it('may stand behind a byte order mark where two files were joined', async () => {
    expect(await read('{"id":"a","text":"1"}\n\ufeff{"id":"b","text":"2"}')).toHaveLength(2)
  })

  it('nested too deeply are left out, and the run continues', async () => {
    const deep = (depth: number) => `{"id":"d","text":"t","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`
    const files = rig.files({ 'a.jsonl': `${deep(6000)}\n${deep(900)}\n${deep(901)}` })
    const { artefact, report } = await rig.program('data x = read("a.jsonl") |> normalize()', files)
    expect(linesOf(artefact)).toEqual([deep(900)])
    expect(report.ledger!.malformed.samples.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '1 "deep" is nested more than 900 deep',
      '3 "deep" is nested more than 900 deep',
    ])
  })
})

it('depth is counted in brackets', () => {
  expect([0, 1, 2].map((limit) => isDeeperThan([{ a: 1 }], limit))).toEqual([true, true, false])
})
