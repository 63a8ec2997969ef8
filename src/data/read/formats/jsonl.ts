/** The format `jsonl`: a JSON record a line. */

import { StageError } from '../../../core/failure.ts'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { Document } from '../../document.ts'
import { blocksOf } from '../../shards/lines.ts'
import { decode } from '../decode.ts'
import { documentsOfRecord } from '../records.ts'
import { type Border, firstLineOf, type OpenInput } from './format.ts'

export const border = (): Border => 'line'

export async function* open(input: OpenInput): AsyncGenerator<Document[]> {
  const { file, part, chunks } = input
  let isFirst = (part?.start ?? 0) === 0
  for await (const block of blocksOf(chunks, file.name, firstLineOf(part))) {
    const { lines, line, damaged } = decode(block)
    const documents: Document[] = []
    for (let i = 0; i < lines.length; i++) {
      const each = lines[i]!
      if (each === '' || each.trim() === '') continue
      if (isFirst && beginsArray(each)) throw arrayOverLines(file)
      isFirst = false
      documents.push(...documentsOfRecord(each, line + i, damaged.has(i), input))
    }
    yield documents
  }
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

function arrayOverLines({ name }: InputFile): StageError {
  return new StageError(
    'wrong-format',
    `${name} is one JSON array over several lines, not a record a line`,
    'Read it as it is: read(…, format: json). A file whose name ends in .json is read so by default.',
  )
}
