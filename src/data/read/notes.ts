/** Counts the problems that reading meets in a book, and warns of some of them. */

import type { InputFile } from '../../core/kind/stage.ts'
import { quoted } from '../../core/values/shell-word.ts'
import type { Document } from '../document.ts'
import { noticeAbsent } from '../kept-fields.ts'
import type { ChangeCount } from '../ledger.ts'
import type { SourceContext } from '../pass/source.ts'

export interface Notes {
  /** Looks at a document that was read. */
  document(document: Document): void
  /** Counts a document with bytes that are not UTF-8. */
  damaged(file: InputFile, line: number): void
  /** Counts input that is not a document; `bytes` is its length. */
  malformed(file: InputFile, line: number, message: string, bytes?: number): void
  /** Counts a record of an archive that is not a page: a request, an image, a redirection, an error. */
  notPage(): void
  /** Counts a page of a wiki that is not an article; `why` names what it is, in the plural. */
  notArticle(why: string): void
  /** Counts a packed file that cannot be unpacked to its end. */
  cut(file: InputFile, packing: string, bytes: number, message: string): void
  /** Counts a file that is packed otherwise than its name says: `nothing` if it is not packed. */
  misnamed(file: InputFile, packing: string): void
  /** Counts documents that cannot be read, the first of them at `line`. */
  lost(file: InputFile, line: number, message: string, documents: number): void
  /** Counts a document in which bytes became base64. */
  packed(file: InputFile, line: number): void
  /** Counts a record without the field that is the text. */
  withoutText(fields: readonly string[]): void
  /** Counts a file of one record whose field `name` is a list of records. */
  wraps(file: InputFile, name: string): void
  /** Counts a record whose field `text` is dropped because another field is the text. */
  losesText(): void
}

/** Usual names of the field that is the text, in corpora that do not call it `text`. */
const namesOfTexts: ReadonlySet<string> = new Set([
  'article',
  'body',
  'content',
  'contents',
  'document',
  'markdown',
  'page_content',
  'raw_content',
])

interface NotedParams {
  /** The field that is the text. */
  readonly field: string
  readonly keep_fields?: readonly string[]
}

/** Adds the counters of reading to a book. */
export function notesOf({ field, keep_fields: kept }: NotedParams, { book, warn }: SourceContext): Notes {
  const isNotUtf8 = ({ first }: Pick<ChangeCount, 'first'>) =>
    `bytes that are not UTF-8 became U+FFFD, first at ${first}`
  const damaged = book.step('read', isNotUtf8, [], 'warns')
  const empty = book.step('read', () => `records without a field "${field}" have no text`)
  const second = book.step('read', () => `a field "text" was left out, because "${field}" is the text`, [], 'warns')
  const isWrapper = ({ first = '' }: Pick<ChangeCount, 'first'>) => {
    const [name = '', list = ''] = first.split('\n')
    const items = /^[A-Za-z_]\w*$/.test(list) ? `".${list}[]"` : quoted(`.[${JSON.stringify(list)}][]`)
    const place = `first ${name}: "${list}". To read these: jq -c ${items} ${quoted(name)} > records.jsonl`
    return `the only record of the file has a list of records in a field, ${place}`
  }
  const wrapper = book.step('read', isWrapper, [], 'warns')
  // New steps come last: parts that were kept by earlier versions do not have them.
  const isPacked = ({ first }: Pick<ChangeCount, 'first'>) =>
    `values that are bytes and not text became base64, first at ${first}`
  const packed = book.step('read', isPacked)
  const isMisnamed = ({ first }: Pick<ChangeCount, 'first'>) =>
    `the name of the file does not say how it is packed, first ${first}; it was read all the same`
  const misnamed = book.step('read', isMisnamed, [], 'warns of files')
  const noPages = book.step(
    'read',
    () => 'records that are not pages, such as requests, images and redirections, were left out',
  )
  const document = noticeAbsent(
    'read',
    kept?.filter((name) => name !== field),
    book,
    false,
  )
  const noArticles = book.step(
    'read',
    ({ counts }) =>
      `pages of a wiki that are not articles were left out: ${Object.entries(counts)
        .map(([why, pages]) => `${pages.toLocaleString('en-US')} ${why}`)
        .join(', ')}`,
  )
  let lastPacked = ''
  return {
    document,
    wraps(file, name) {
      wrapper.first ??= `${file.name}\n${name}`
      wrapper.documents++
    },
    damaged(file, line) {
      damaged.first ??= `${file.name}:${line}`
      damaged.documents++
    },
    notPage: () => void noPages.documents++,
    notArticle(why) {
      noArticles.documents++
      noArticles.count(why)
    },
    cut(file, packing, bytes, message) {
      const read = `what came before, ${bytes.toLocaleString('en-US')} bytes, is read`
      book.malformed(
        { file: file.name, line: 1, message: `the ${packing} archive is cut off or damaged (${message}); ${read}` },
        0,
      )
    },
    misnamed(file, packing) {
      misnamed.first ??= `${file.name} (packed with ${packing})`
      misnamed.documents++
    },
    packed(file, line) {
      const place = `${file.name}:${line}`
      if (lastPacked === place) return
      lastPacked = place
      packed.first ??= place
      packed.documents++
    },
    lost: (file, line, message, documents) => book.malformed({ file: file.name, line, message }, 0, documents),
    malformed: (file, line, message, bytes = 0) => book.malformed({ file: file.name, line, message }, bytes),
    losesText: () => void second.documents++,
    withoutText(fields) {
      if (empty.documents++ > 0) return
      warn(
        `Records lack the field "${field}", so they have no text. The first has ${fields.join(', ') || 'no fields'}. ` +
          'If one of these is the text, name it: read(…, field: "…").',
        field !== 'text' || fields.some((name) => namesOfTexts.has(name)),
      )
    },
  }
}
