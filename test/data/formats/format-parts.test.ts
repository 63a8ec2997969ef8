/** A format that divides its files into parts: only the parts that changed are read again. */

import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { InputFile, Parts } from '../../../src/core/kind/stage.ts'
import { Document } from '../../../src/data/document.ts'
import { partsOfFiles } from '../../../src/data/pass/parts/pass-parts.ts'
import { runPass } from '../../../src/data/pass/pass.ts'
import type { FileRange, OpenInput } from '../../../src/data/read/formats/format.ts'
import { formats } from '../../../src/data/read/formats/index.ts'
import { openParts } from '../../../src/store/parts.ts'
import { Rig } from '../rig.ts'

const rig = new Rig()

/** Pages that end with a form feed, each a document; the number of opened inputs is counted. */
function pages(ranges: (bytes: Buffer) => FileRange[] = rangesOf) {
  const opened: (FileRange | 'whole')[] = []
  const reader = {
    async *open({ chunks, part, settings: { field } }: OpenInput) {
      opened.push(part === undefined ? 'whole' : { start: part.start, end: part.end })
      const bytes: Buffer[] = []
      for await (const chunk of chunks) bytes.push(chunk)
      const texts = Buffer.concat(bytes).toString('utf8').split('\f').filter(Boolean)
      const context = part?.context === undefined ? {} : { [field]: part.context }
      yield texts.map((text) => new Document(text, undefined, context))
    },
    parts: async ({ path }: InputFile) => ranges(readFileSync(path)),
  }
  return { opened, table: { ...formats, pages: { extensions: ['.pages'], load: async () => reader } } }
}

function rangesOf(bytes: Buffer): FileRange[] {
  const ranges: FileRange[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf('\f', start)
    ranges.push({ start, end: end === -1 ? bytes.length : end + 1 })
    start = ranges.at(-1)!.end
  }
  return ranges
}

async function pass(files: readonly InputFile[], { opened, table }: ReturnType<typeof pages>, parts: Parts) {
  opened.length = 0
  const folder = rig.folder()
  const over = await partsOfFiles({ split: 'files', field: 'text', format: 'auto' }, files, 1000, table)
  const options = { parts, signal: new AbortController().signal, emit: () => {}, warn: () => {} }
  const ledger = await runPass(over, () => [], folder, options)
  return { text: readFileSync(`${folder}/docs-00000.jsonl`, 'utf8'), ledger, total: over.total }
}

const fresh = () => openParts(rig.folder(), 'test')
const texts = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).text)

describe('a format with parts', () => {
  it('reads each part of a file by itself, between other files in their order', async () => {
    const format = pages()
    const files = rig.files({ 'a.txt': 'first', 'b.pages': 'one\ftwo ü\f', 'c.txt': 'last' })
    const made = await pass(files, format, fresh())
    expect(texts(made.text)).toEqual(['first', 'one', 'two ü', 'last'])
    expect(format.opened).toEqual([
      { start: 0, end: 4 },
      { start: 4, end: 11 },
    ])
    expect(made.total).toBe(5 + 11 + 4)
    expect(made.ledger.in.documents).toBe(4)
  })

  it('reads only the part that changed, and gives the same bytes as from nothing', async () => {
    const format = pages()
    const parts = fresh()
    await pass(rig.files({ 'b.pages': 'one\ftwo\f' }), format, parts)
    const changed = rig.files({ 'b.pages': 'one\ftwo and more\fthree\f' })
    const grown = await pass(changed, format, parts)
    expect(format.opened).toEqual([
      { start: 4, end: 17 },
      { start: 17, end: 23 },
    ])
    const anew = await pass(changed, format, fresh())
    expect(grown).toEqual(anew)
  })

  it('reads a part again when its context changes', async () => {
    const withContext = (context: string) => pages((bytes) => rangesOf(bytes).map((range) => ({ ...range, context })))
    const files = rig.files({ 'b.pages': 'one\ftwo\f' })
    const parts = fresh()
    await pass(files, withContext('v1'), parts)
    const second = withContext('v2')
    await pass(files, second, parts)
    expect(second.opened).toHaveLength(2)
  })

  it('reads a packed file, and a file of one part, as a whole', async () => {
    const format = pages()
    const files = rig.files({ 'b.pages.gz': gzipSync('one\ftwo\f'), 'c.pages': 'three' })
    expect(texts((await pass(files, format, fresh())).text)).toEqual(['one', 'two', 'three'])
    expect(format.opened).toEqual(['whole', 'whole'])
  })

  it('refuses a file that changed before or after it was divided', async () => {
    const before = rig.files({ 'b.pages': 'one\ftwo\f' })
    writeFileSync(before[0]!.path, 'one\ftwx\f')
    await expect(pass(before, pages(), fresh())).rejects.toThrow('b.pages changed while it was being read')
    const after = rig.files({ 'b.pages': 'one\ftwo\f' })
    const { table } = pages()
    const over = await partsOfFiles({ split: 'files', field: 'text', format: 'auto' }, after, 1000, table)
    writeFileSync(after[0]!.path, 'one\ftwx\f')
    const options = { parts: fresh(), signal: new AbortController().signal, emit: () => {}, warn: () => {} }
    await expect(runPass(over, () => [], rig.folder(), options)).rejects.toThrow('b.pages changed')
  })

  it.each([
    ['a gap', [0, 4, 5, 8]],
    ['an overlap', [0, 4, 3, 8]],
    ['a missing end', [0, 4, 4, 6]],
    ['a range beyond the end', [0, 4, 4, 9]],
  ])('has a bug if its ranges have %s', async (_, [a, b, c, d]) => {
    const ranges = [
      { start: a!, end: b! },
      { start: c!, end: d! },
    ]
    const files = rig.files({ 'b.pages': 'one\ftwo\f' })
    await expect(
      pass(
        files,
        pages(() => ranges),
        fresh(),
      ),
    ).rejects.toThrow(/^b\.pages: (the range|its ranges)/)
  })
})
