/** The format `json`: the items of one array, records one after the other, or JSONL under another name. */

import { isUtf8 } from 'node:buffer'
import type { Document } from '../../document.ts'
import { jsonRecords } from '../json-stream.ts'
import { peek } from '../open.ts'
import { documentsOfRecord, listOfRecords } from '../records.ts'
import type { OpenInput } from './format.ts'
import { open as openLines } from './jsonl.ts'

export async function* open(input: OpenInput): AsyncGenerator<Document[]> {
  const { file, notes } = input
  const { first, all: chunks } = await peek(input.chunks)
  if (isRecordALine(first)) {
    yield* openLines({ ...input, chunks })
    return
  }
  let count = 0
  let only: Document | undefined
  for await (const records of jsonRecords(chunks, file.name)) {
    const documents: Document[] = []
    for (const record of records) {
      count++
      if ('problem' in record) notes.malformed(file, record.line, record.problem)
      else {
        const isDamaged = !isUtf8(record.bytes)
        documents.push(...documentsOfRecord(record.bytes.toString('utf8'), record.line, isDamaged, input))
      }
    }
    only = documents[0]
    yield documents
  }
  if (count === 0) notes.malformed(file, 1, 'the file has no records')
  const wrapped = count === 1 && only !== undefined ? listOfRecords(only) : undefined
  if (wrapped !== undefined) notes.wraps(file, wrapped)
}

/** Whether a .json file is a JSONL file under another name: its first line is a whole object, and others follow. */
function isRecordALine(chunk: Buffer): boolean {
  const start = chunk.findIndex((byte) => byte > 32)
  if (chunk[start] !== 123) return false
  const end = chunk.indexOf(10, start)
  // A single object may wrap the records of the file.
  if (end === -1 || !chunk.subarray(end).some((byte) => byte > 32)) return false
  try {
    JSON.parse(chunk.toString('utf8', start, end))
    return true
  } catch {
    return false
  }
}
