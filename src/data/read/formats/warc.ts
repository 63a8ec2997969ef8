/** The formats `warc` and `wet`: pages of the web. The text of a page in WARC is its HTML; `text_from_html` takes the text out of it. */

import type { Document } from '../../document.ts'
import { charsetOf, decodePage } from '../charset.ts'
import { documentOf } from '../json-line.ts'
import { documentsOf } from '../records.ts'
import { httpBody } from '../warc/http.ts'
import { type WarcRecord, warcRecords } from '../warc/records.ts'
import type { OpenInput } from './format.ts'

/** Pages have charsets of their own. */
export const access = 'bytes'

/** The types of pages. */
const pages = /^(?:text\/(?:html|plain)|application\/xhtml\+xml)\b/i

/** Responses and resources that are pages, and conversions to text. Errors are found at the record, by its number. */
export async function* open(input: OpenInput): AsyncGenerator<Document[]> {
  const { file, notes } = input
  let count = 0
  const isWanted = (header: ReadonlyMap<string, string>) => {
    const type = header.get('warc-type') ?? ''
    if (['response', 'resource', 'conversion'].includes(type)) return true
    // This type describes the archive.
    if (type !== 'warcinfo') notes.notPage()
    return false
  }
  for await (const records of warcRecords(input.chunks, isWanted)) {
    const documents: Document[] = []
    for (const record of records) {
      const found = documentsIn(record, input)
      if (found === undefined) notes.notPage()
      else count++
      documents.push(...(found ?? []))
    }
    yield documents
  }
  if (count === 0) notes.malformed(file, 1, 'the file has no pages')
}

/** The documents of a record, none if it is malformed, which is counted; `undefined` if it is not a page. */
function documentsIn(record: WarcRecord, input: OpenInput): readonly Document[] | undefined {
  const { file, notes, settings } = input
  const { place } = record
  const malformed = (problem: string) => {
    notes.malformed(file, place.record, `record at byte ${place.offset}: ${problem}`)
    return []
  }
  if ('problem' in record) return malformed(record.problem)
  const { header, block } = record
  const isResponse = header.get('warc-type') === 'response'
  if (isResponse && !/^application\/http/i.test(header.get('content-type') ?? 'application/http')) return undefined
  const http = isResponse ? httpBody(block) : { header, body: block }
  if ('problem' in http) return malformed(http.problem)
  const type = http.header.get('content-type')
  if (!pages.test(type ?? '')) return undefined
  const status = isResponse ? Number(/^HTTP\/\S+ (\d+)/.exec(http.header.get('') ?? '')?.[1]) : 200
  if (status < 200 || status > 299) return undefined
  const { text, isDamaged } = decodePage(http.body, charsetOf(type))
  const id = /^<urn:uuid:(.+)>$/.exec(header.get('warc-record-id') ?? '')?.[1]
  const page = {
    ...(id === undefined ? {} : { id }),
    text,
    url: header.get('warc-target-uri') ?? null,
    date: header.get('warc-date') ?? null,
    content_type: type ?? null,
  }
  const read = documentOf(page, { field: 'text', keeps: settings.keeps })
  return documentsOf(read, { line: place.record, isDamaged, bytes: block.length }, input)
}
