/** The documents that are measured: real text, expanded with a fixed seed to any size, and the same documents in several formats. */

import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Random } from '../../src/core/values/random.ts'
import { Document } from '../../src/data/document.ts'
import { writeParquet } from '../../src/data/write-parquet.ts'

export const formats = ['jsonl', 'jsonl.gz', 'csv', 'parquet'] as const
export type Format = (typeof formats)[number]

/**
 * Yields batches of documents of one to eight paragraphs, until their texts have `bytes` bytes. One word in eight is replaced by another of the
 * corpus, so that paragraphs that are drawn twice are not copies. One document in ten is an earlier one with one changed word.
 */
export function* documentsOf(bytes: number, sources: readonly string[]): Generator<Document[]> {
  const paragraphs = sources
    .flatMap(textsIn)
    .flatMap((text) => text.split(/\n\n+/).filter((paragraph) => paragraph.trim() !== ''))
  const words = paragraphs.flatMap((paragraph) => paragraph.split(/\s+/)).filter((word) => word !== '')
  const random = new Random(1, 'pages')
  const changed = (paragraph: string) =>
    paragraph.replace(/\S+/g, (word) => (random.below(8) === 0 ? words[random.below(words.length)]! : word))
  const earlier: string[] = []
  let size = 0
  for (let id = 0; size < bytes; ) {
    const batch: Document[] = []
    for (; batch.length < 500 && size < bytes; id++) {
      const isCopy = earlier.length > 100 && random.below(10) === 0
      const text = isCopy
        ? earlier[random.below(earlier.length)]!.replace(/\w+/, 'Changed')
        : Array.from({ length: 1 + random.below(8) }, () => changed(paragraphs[random.below(paragraphs.length)]!)).join(
            '\n\n',
          )
      // Some of the last 10,000: the copies of a crawl are not all at its beginning.
      if (!isCopy) earlier[earlier.length < 10_000 ? earlier.length : random.below(10_000)] = text
      size += Buffer.byteLength(text)
      batch.push(new Document(text, `${id}`))
    }
    yield batch
  }
}

/** The texts of a file, or of the .txt files in a folder. JSONL gives its longest fields. */
function textsIn(path: string): string[] {
  if (path.endsWith('.jsonl'))
    return readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) =>
        Object.values(JSON.parse(line) as Record<string, unknown>)
          .filter((value) => typeof value === 'string')
          .join('\n\n'),
      )
  if (path.endsWith('.txt')) return [readFileSync(path, 'utf8')]
  const names = readdirSync(path)
    .sort()
    .filter((name) => /\.(txt|jsonl)$/.test(name))
  return names.flatMap((name) => textsIn(join(path, name)))
}

/** Writes the documents as `pages.FORMAT` into a folder. */
export async function writeCorpus(
  folder: string,
  bytes: number,
  sources: readonly string[],
  wanted: readonly Format[],
): Promise<void> {
  const open = (format: Format) =>
    wanted.includes(format) ? openSync(join(folder, `pages.${format}`), 'w') : undefined
  const files = { jsonl: open('jsonl'), gz: open('jsonl.gz'), csv: open('csv') }
  const write = (file: number | undefined, piece: () => string | Uint8Array) => {
    if (file === undefined) return
    const data = Buffer.from(piece() as string)
    for (let at = 0; at < data.length; ) at += writeSync(file, data, at)
  }
  write(files.csv, () => 'id,text\n')
  for (const batch of documentsOf(bytes, sources)) {
    const lines = batch.map(({ id, text }) => `${JSON.stringify({ id, text })}\n`).join('')
    write(files.jsonl, () => lines)
    write(files.gz, () => gzipSync(lines))
    write(files.csv, () => batch.map(({ id, text }) => `${id},"${text.replaceAll('"', '""')}"\n`).join(''))
  }
  for (const file of Object.values(files)) if (file !== undefined) closeSync(file)
  if (wanted.includes('parquet'))
    await writeParquet(
      async function* () {
        yield* documentsOf(bytes, sources)
      },
      join(folder, 'pages.parquet'),
    )
}
