/** The format `jsonl`: a JSON record a line. */

import { stat } from 'node:fs/promises'
import { StageError } from '../../../core/failure.ts'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { Document } from '../../document.ts'
import { blocksOf } from '../../shards/lines.ts'
import { decode } from '../decode.ts'
import { documentsOfRecord, listOfRecords } from '../records.ts'
import { type Border, firstLineOf, type OpenInput } from './format.ts'

export const border = (): Border => 'line'

export async function* open(input: OpenInput): AsyncGenerator<Document[]> {
  const { file, part, chunks, notes } = input
  const isBeginning = (part?.start ?? 0) === 0
  let count = 0
  let only: Document | undefined
  for await (const block of blocksOf(chunks, file.name, firstLineOf(part))) {
    const { lines, line, damaged } = decode(block)
    const documents: Document[] = []
    for (let i = 0; i < lines.length; i++) {
      const each = lines[i]!
      if (each === '' || each.trim() === '') continue
      if (count === 0 && isBeginning) {
        if (beginsArray(each)) throw overLines(file, 'is one JSON array')
        if (beginsObject(each, lines[i + 1])) throw overLines(file, 'has JSON records')
      }
      count++
      documents.push(...documentsOfRecord(each, line + i, damaged.has(i), input))
    }
    only = documents[0]
    yield documents
  }
  if (count !== 1 || only === undefined || !isBeginning) return
  const wrapped = listOfRecords(only)
  if (wrapped !== undefined && (part === undefined || part.end === (await stat(file.path)).size))
    notes.wraps(file, wrapped)
}

/** Whether the first line of a file opens an array that it does not close. */
function beginsArray(line: string): boolean {
  if (!/^\s*\[\s*(?:\{|$)/.test(line)) return false
  try {
    JSON.parse(line)
    return false
  } catch {
    return true
  }
}

/** Whether the first line of a file opens an object that the next one continues. */
function beginsObject(line: string, next: string | undefined): boolean {
  return /^\s*\{\s*$/.test(line) && next !== undefined && /^\s*"/.test(next)
}

function overLines({ name }: InputFile, what: string): StageError {
  return new StageError(
    'wrong-format',
    `${name} ${what} over several lines, not a record a line`,
    'Read it as it is: read(…, format: json). A file whose name ends in .json is read so by default.',
  )
}
