/** Passes and encoding by parts: the same bytes and the same ledger, whichever parts an earlier run kept. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InputFile, Parts } from '../../src/core/kind/stage.ts'
import { boundaries } from '../../src/data/pass/parts/boundaries.ts'
import { filePartsOf } from '../../src/data/pass/parts/file-parts.ts'
import { lineRangesOf, readLinePart } from '../../src/data/pass/parts/line-parts.ts'
import { partsOfDocs, partsOfFiles } from '../../src/data/pass/parts/pass-parts.ts'
import { runPass } from '../../src/data/pass/pass.ts'
import { shardsIn } from '../../src/data/shards/shards.ts'
import type { StepMaker } from '../../src/data/steps/step.ts'
import { kinds } from '../../src/stages/index.ts'
import { openParts } from '../../src/store/parts.ts'
import { inputFileOf } from '../core/input-file.ts'
import { compileText, Rig } from './rig.ts'

const rig = new Rig()

/** All files of a folder by name, as bytes. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
}

/** One step of every kind. Each of them changes something. */
const pipe = compileText(`
data x = read("x") |> normalize() |> redact(emails, phone_numbers) |> drop(where: words < 2) |> c4_lines(min_words: 2) |> keep(where: characters < 400)
`)
if (pipe.program === undefined) throw new Error(JSON.stringify(pipe.diagnostics))
const calls = pipe.program!.calls.slice(1)
const stepMakers = await Promise.all(calls.map(({ kind }) => kinds[kind]!.step!() as Promise<StepMaker>))
const makers = (book: Parameters<StepMaker>[1]) => calls.map(({ params }, i) => stepMakers[i]!(params as never, book))

/** Runs a pass over files, and counts the parts that it made and reused. */
async function pass(
  files: readonly InputFile[] | string,
  parts: Parts,
  size: number,
  split: 'files' | 'lines' | 'paragraphs' = 'lines',
) {
  const folder = rig.folder()
  const count = { made: 0, reused: 0 }
  const counting: Parts = {
    async part(content, make) {
      const part = await parts.part(content, make)
      if (part.reused) count.reused++
      else count.made++
      return part
    },
  }
  const over =
    typeof files === 'string'
      ? await partsOfDocs(files, size)
      : await partsOfFiles({ split, field: 'text', format: 'auto' }, files, size)
  const warnings: string[] = []
  const ledger = await runPass(over, makers, folder, {
    parts: counting,
    signal: new AbortController().signal,
    emit: () => {},
    warn: (message) => warnings.push(message),
  })
  return { result: { shards: contents(folder), ledger, warnings }, count, folder }
}

const fresh = () => openParts(rig.folder(), 'test')

describe('a pass', () => {
  const line = fc.oneof(
    fc.constant('A plain sentence of some words, that stays as it is.'),
    fc.constant('Write to jack@hill.org or call 555-123-4567 today.'),
    fc.constant('one'),
    fc.constant(''),
    fc.constant('mojibake cafÃ© and  double   spaces.'),
    fc.constant('This page uses cookies.'),
    fc.lorem({ maxCount: 30 }).map((text) => `${text}.`),
  )
  const content = fc.oneof(
    fc
      .array(line, { minLength: 0, maxLength: 12 })
      .map((lines) => ({ ending: 'txt', bytes: Buffer.from(lines.join('\n')) })),
    fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => ({
      ending: 'txt',
      bytes: Buffer.concat([Buffer.from(`${lines.join('\n')}\nbad \xff bytes here`, 'latin1')]),
    })),
    fc
      .array(
        fc.oneof(
          line.map((text) => JSON.stringify({ text, from: 'here' })),
          fc.constant('{"body":1}'),
          fc.constant('{no'),
        ),
        {
          maxLength: 10,
        },
      )
      .map((lines) => ({ ending: 'jsonl', bytes: Buffer.from(lines.join('\n')) })),
  )
  const corpus = fc.uniqueArray(fc.record({ name: fc.stringMatching(/^[a-z]{1,3}$/), content }), {
    selector: ({ name }) => name,
    minLength: 1,
    maxLength: 12,
  })

  function filesOf(files: readonly { readonly name: string; readonly content: { ending: string; bytes: Buffer } }[]) {
    const all = [
      ...files,
      { name: 'zz', content: { ending: 'txt', bytes: Buffer.from('There is always one document.\n') } },
    ]
    return rig.files(
      Object.fromEntries(all.map(({ name, content: { ending, bytes } }) => [`${name}.${ending}`, bytes])),
    )
  }

  it('gives the same bytes, ledger and warnings after any change of its files as from nothing and as in one part', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(corpus, { minLength: 2, maxLength: 3 }),
        fc.constantFrom('files', 'lines', 'paragraphs'),
        fc.integer({ min: 30, max: 1000 }),
        async (versions, split, size) => {
          const parts = fresh()
          for (const version of versions) {
            const files = filesOf(version)
            const { result } = await pass(files, parts, size, split)
            expect(result).toEqual((await pass(files, fresh(), size, split)).result)
            expect(result).toEqual((await pass(files, fresh(), Number.POSITIVE_INFINITY, split)).result)
            expect((await pass(files, parts, size, split)).count.made).toBe(0)
          }
        },
      ),
      { numRuns: 15 },
    )
  })

  it('reads only the new parts after a file is added, changed or removed', async () => {
    const many = (change: Readonly<Record<string, string>> = {}) => {
      const own = Array.from({ length: 40 }, (_, i) => [
        `${String(i).padStart(2, '0')}.txt`,
        `File ${i} has a line of its own, and some more.\n`.repeat(5),
      ])
      return rig.files({ ...Object.fromEntries(own), ...change })
    }
    const parts = fresh()
    const first = await pass(many(), parts, 1000)
    expect(first.count.reused).toBe(0)
    expect(first.count.made).toBeGreaterThan(5)
    const added = await pass(many({ '99.txt': 'The last file has one line.\n' }), parts, 1000)
    expect(added.count.made).toBe(1)
    const changed = await pass(many({ '20.txt': 'Now it is another line altogether.\n' }), parts, 1000)
    expect(changed.count.made).toBeLessThanOrEqual(2)
    const away = await pass(many().toSpliced(3, 1), parts, 1000)
    expect(away.count.made).toBeLessThanOrEqual(2)
  })

  it('over an artefact computes only the parts around a change again', async () => {
    const texts = Array.from({ length: 400 }, (_, i) => `Document ${i} has so many words, and then some more.`)
    const parts = fresh()
    const first = await pass(rig.docs(texts).path, parts, 1000)
    expect(first.count.made).toBeGreaterThan(10)
    // The shards and all positions differ: only the content counts.
    const shifted = ['A new first document with some words.', ...texts]
    const second = await pass(rig.docs(texts, 3).path, parts, 1000)
    expect(second.count.made).toBe(0)
    expect(second.result.shards).toEqual(first.result.shards)
    const lines = texts.map((text, i) => ({ id: `d${i}`, text }))
    const third = rig.folder()
    writeFileSync(
      join(third, 'docs-00000.jsonl'),
      [{ id: 'new', text: shifted[0] }, ...lines].map((each) => `${JSON.stringify(each)}\n`).join(''),
    )
    const inserted = await pass(third, parts, 1000)
    expect(inserted.count.made).toBeLessThanOrEqual(2)
    expect(inserted.result).toEqual((await pass(third, fresh(), 1000)).result)
  })

  it('computes a corrupt part again', async () => {
    const files = rig.files({ 'a.txt': 'One line of some words.\n', 'b.txt': 'Another line of some words.\n' })
    const store = rig.folder()
    const first = await pass(files, openParts(store, 'test'), 10)
    const shelf = join(store, 'parts')
    const [one] = readdirSync(shelf)
    const [name] = readdirSync(join(shelf, one!))
    const file = join(shelf, one!, name!, 'docs-00000.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').replace('line', 'LINE'))
    const again = await pass(files, openParts(store, 'test'), 10)
    expect(again.count).toEqual({ made: 1, reused: 1 })
    expect(again.result).toEqual(first.result)
    expect(readdirSync(join(store, 'damaged'))).toHaveLength(1)
  })

  it('keeps nothing of a file that is not what was hashed', async () => {
    const [file] = rig.files({ 'a.txt': 'One line of some words.\n' })
    const store = rig.folder()
    writeFileSync(file!.path, 'Another line of some words.\n')
    await expect(pass([file!], openParts(store, 'test'), 1000)).rejects.toMatchObject({ code: 'input-changed' })
    expect(() => readdirSync(join(store, 'parts'))).toThrow('ENOENT')
    expect(readdirSync(join(store, 'tmp'))).toEqual([])
  })

  it('by several processes at once keeps each part once', async () => {
    const files = rig.files(
      Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i}.txt`, `Line ${i} of some words.\n`])),
    )
    const store = rig.folder()
    const all = await Promise.all(Array.from({ length: 4 }, () => pass(files, openParts(store, 'test'), 10)))
    for (const { result } of all) expect(result).toEqual(all[0]!.result)
    const kept = readdirSync(join(store, 'parts')).flatMap((shelf) => readdirSync(join(store, 'parts', shelf)))
    expect(kept).toHaveLength(8)
    expect(readdirSync(join(store, 'tmp'))).toEqual([])
  })

  it('reuses no part of a pass with other settings', async () => {
    const store = rig.folder()
    const files = rig.files({ 'a.txt': 'One line of some words.\n' })
    await pass(files, openParts(store, { lower: 1 }), 10)
    expect((await pass(files, openParts(store, { lower: 2 }), 10)).count.made).toBe(1)
    // Names count: they determine the format, and the ledger has them.
    const renamed = [inputFileOf(files[0]!.path, 'b.txt')]
    expect((await pass(renamed, openParts(store, { lower: 1 }), 10)).count.made).toBe(1)
  })
})

describe('a large file of lines', () => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `Sentence ${i} has some words, and a number.${i % 3 === 2 ? '\n' : ''}`,
  )

  it.each([
    ['with \\r\\n', 'paragraphs', lines.join('\n').replaceAll('\n', '\r\n')],
    ['with a byte order mark', 'lines', `\ufeff${lines.join('\n')}`],
    ['whose blank lines have spaces', 'paragraphs', lines.join('\n').replaceAll('\n\n', '\n  \n')],
    ['that ends with blank lines', 'paragraphs', `${lines.join('\n')}\n\n\n\n`],
  ] as const)('%s, read by %s, has the same documents in ranges as a whole', async (_, split, text) => {
    const files = rig.files({ 'a.txt': text })
    const inRanges = await pass(files, fresh(), 100, split)
    const whole = await pass(files, fresh(), 1_000_000, split)
    expect(inRanges.result).toEqual(whole.result)
    expect(whole.count.made).toBe(1)
    if (!text.includes('  ')) expect(inRanges.count.made).toBeGreaterThan(3)
  })

  it('that is blank is counted once', async () => {
    for (const [split, text] of [
      ['lines', '\n'.repeat(1_000)],
      ['paragraphs', ' \n'.repeat(1_000)],
    ] as const) {
      const { result } = await pass(
        rig.files({ 'a.txt': text, 'b.txt': `${text}One sentence of words.` }),
        fresh(),
        100,
        split,
      )
      expect(result.ledger.malformed.count).toBe(1)
      expect(result.ledger.malformed.samples).toEqual([{ file: 'a.txt', line: 1, message: 'the file has no text' }])
      expect(result.ledger.in.documents).toBe(2)
    }
  })

  it('that is packed in spite of its name is read as a whole', async () => {
    const records = Array.from({ length: 200 }, (_, i) =>
      JSON.stringify({ text: `Record ${i}, ${(i * 7919) % 1000} words.` }),
    )
    const files = rig.files({ 'a.jsonl': gzipSync(records.join('\n')) })
    const { result, count } = await pass(files, fresh(), 100)
    expect(count.made).toBe(1)
    expect(result.ledger.in.documents).toBe(200)
  })

  it('that grows at its end costs its last range and the new ones', async () => {
    const parts = fresh()
    const text = lines.map((line) => JSON.stringify({ text: line })).join('\n')
    await pass(rig.files({ 'a.jsonl': text }), parts, 200)
    const { count } = await pass(
      rig.files({ 'a.jsonl': `${text}\n${JSON.stringify({ text: 'One more.' })}` }),
      parts,
      200,
    )
    expect(count.made).toBeLessThanOrEqual(2)
    expect(count.reused).toBeGreaterThan(5)
  })
})

describe('a large file of rows', () => {
  it('has the same documents, ledger and line numbers in ranges as a whole, whatever its values', async () => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'ab,"\n\r ;é') }).map(quoted),
      fc.constantFrom('plain', '5" nails', 'a"b"c', '', '"ab"cd', '"ab"c"d', '""x', ' "spaced"'),
    )
    const row = fc.oneof(fc.array(value, { minLength: 2, maxLength: 2 }), fc.constant(['one']), fc.constant(['']))
    const rows = fc.array(row, { minLength: 5, maxLength: 40 })
    const start = fc.constantFrom('', '\ufeff', '\n\n', '\ufeff"quoted')
    const ends = fc.constantFrom(['\n', '\n'], ['\r\n', '\r\n'], ['\r', '\n'], ['\r', '\r\n'], ['\n', '\r'])
    await fc.assert(
      fc.asyncProperty(rows, ends, start, fc.boolean(), async (list, [headEnd, end], before, isEnded) => {
        const head = before.endsWith('quoted') ? `${before}\n, name",text` : `${before}name,text`
        const text = `${head}${headEnd}${list.map((values) => values.join(',')).join(end)}${isEnded ? end : ''}`
        const files = rig.files({ 'a.csv': text, 'b.txt': 'A plain sentence of some words, that stays as it is.' })
        const inRanges = await pass(files, fresh(), 20)
        const whole = await pass(files, fresh(), 1_000_000)
        expect(inRanges.result).toEqual(whole.result)
      }),
    )
  })

  it('is divided, and one that grows at its end costs its last range and the new ones', async () => {
    const parts = fresh()
    const rows = Array.from({ length: 60 }, (_, i) => `${i},"Row ${i},\nwith some words."\n`)
    const first = await pass(rig.files({ 'a.csv': `id,text\n${rows.join('')}` }), parts, 200)
    expect(first.count.made).toBeGreaterThan(5)
    const { count, result } = await pass(rig.files({ 'a.csv': `id,text\n${rows.join('')}60,One more.` }), parts, 200)
    expect(count.made).toBeLessThanOrEqual(2)
    // Two lines a row, and one in the last.
    expect(result.ledger.in.documents).toBe(121)
  })

  it('without rows is counted, however many blank lines it has', async () => {
    const { result } = await pass(
      rig.files({ 'a.csv': `id,text\n${'\n'.repeat(1_000)}`, 'b.txt': 'Some words.' }),
      fresh(),
      100,
    )
    expect(result.ledger.malformed.samples).toEqual([{ file: 'a.csv', line: 1, message: 'the file has no rows' }])
  })
})

describe('parts', () => {
  it('of lines are all the lines, none longer than four times the size by more than a line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '1'), minLength: 1, maxLength: 200 }), {
            maxLength: 60,
          }),
          { minLength: 1, maxLength: 3 },
        ),
        fc.integer({ min: 1, max: 500 }),
        async (shards, size) => {
          const folder = rig.folder()
          const texts = shards.map((lines) => lines.map((line) => `${line}\n`).join(''))
          for (const [i, text] of texts.entries()) writeFileSync(join(folder, `docs-0000${i}.jsonl`), text)
          const parts = []
          const listed = await shardsIn(folder)
          for await (const ranges of lineRangesOf(listed, size))
            parts.push((await readLinePart(listed, ranges)).bytes.toString())
          expect(parts.join('')).toBe(texts.join(''))
          for (const part of parts) {
            expect(part.endsWith('\n')).toBe(true)
            const last = part.slice(part.lastIndexOf('\n', part.length - 2) + 1)
            expect(Buffer.byteLength(part) - Buffer.byteLength(last)).toBeLessThan(4 * size)
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it('of identical items are neither tiny nor unbounded', () => {
    for (const hash of [0, 2 ** 32 - 1]) {
      const { before, behind } = boundaries(1000)
      const lengths: number[] = []
      let length = 0
      for (let i = 0; i < 1000; i++) {
        expect(before(10)).toBe(false)
        length += 10
        if (behind(10, hash)) {
          lengths.push(length)
          length = 0
        }
      }
      expect(new Set(lengths)).toEqual(new Set([hash === 0 ? 250 : 4000]))
    }
  })

  it('keep a large file by itself, whatever its neighbors', () => {
    const texts = { 'a.txt': 'a', 'b.txt': 'b'.repeat(100), 'c.txt': 'c', 'd.txt': 'd' }
    const files = rig.files(texts).map((file, i) => ({ ...file, size: Object.values(texts)[i]!.length }))
    const parts = filePartsOf(files, 100)
    expect(parts.map((part) => part.files.map(({ name }) => name))).toEqual([['a.txt'], ['b.txt'], ['c.txt', 'd.txt']])
  })
})
