/** What reading notices besides documents: counted in a book, and some of it said in the run. */

import { quoted } from '../../core/shell-word.ts'
import type { InputFile } from '../../core/stage.ts'
import type { ChangeCount } from '../ledger.ts'
import type { SourceContext } from '../pass/source.ts'

export interface Notes {
  /** Bytes that are not UTF-8. */
  damaged(file: InputFile, line: number): void
  /** What could not be read as a document; `bytes` is how long it is. */
  malformed(file: InputFile, line: number, message: string, bytes?: number): void
  /** A record without the field that is the text. */
  withoutText(fields: readonly string[]): void
  /** A file of one record, in whose field `name` is a list of records. */
  wraps(file: InputFile, name: string): void
  /** A record with a field `text` beside the field that is the text. */
  losesText(): void
}

/** What reading counts, entered into a book. */
export function notesOf(field: string, { book, warn }: SourceContext): Notes {
  const isNotUtf8 = ({ first }: Pick<ChangeCount, 'first'>) =>
    `bytes that are not UTF-8 became U+FFFD, first at ${first}`
  const damaged = book.step('read', isNotUtf8, [], 'warns')
  const empty = book.step('read', () => `records without a field "${field}" have no text`)
  const second = book.step('read', () => `beside the text, "${field}", a field "text" was left out`, [], 'warns')
  const isWrapper = ({ first = '' }: Pick<ChangeCount, 'first'>) => {
    const [name = '', list = ''] = first.split('\n')
    const items = /^[A-Za-z_]\w*$/.test(list) ? `".${list}[]"` : quoted(`.[${JSON.stringify(list)}][]`)
    const place = `first ${name}: "${list}". To read these: jq -c ${items} ${quoted(name)} > records.jsonl`
    return `a list of records lies in a field of the one record of its file, ${place}`
  }
  const wrapper = book.step('read', isWrapper, [], 'warns')
  return {
    wraps(file, name) {
      wrapper.first ??= `${file.name}\n${name}`
      wrapper.documents++
    },
    damaged(file, line) {
      damaged.first ??= `${file.name}:${line}`
      damaged.documents++
    },
    malformed: (file, line, message, bytes = 0) => book.malformed({ file: file.name, line, message }, bytes),
    losesText: () => void second.documents++,
    withoutText(fields) {
      if (empty.documents++ > 0) return
      warn(
        `Records lack the field "${field}", so they have no text. The first has ${fields.join(', ') || 'no fields'}. ` +
          'Where one of them is the text, say so: read(…, field: "…").',
      )
    },
  }
}
