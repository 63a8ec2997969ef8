/** The kind `read`: reads documents from files of text and records. It runs inside `documents`. */

import { formatNames } from '../../../data/read/formats/index.ts'
import { defineSource } from '../../shared/define-kind.ts'
import { docsOutput } from './docs-output.ts'

export const read = defineSource({
  name: 'read',
  version: 2,
  summary: 'Reads files of text, JSONL, JSON, CSV, TSV, Parquet, HTML, WARC and MediaWiki.',
  documentation: `\`read("data/*.txt", split: paragraphs)\`, \`read("data/pages-*.jsonl.gz", field: "content")\`.

Files may be packed with gzip, zstd or bzip2, whatever their names. A packed file that is cut off or damaged is read up to there, goes to
the ledger, and the run warns.

Text is UTF-8. A byte order mark is removed, and \`\\r\\n\` becomes \`\\n\`. Bytes that are not UTF-8 become U+FFFD; the ledger counts
them, and the run warns. Files are read in the order of their names and are never held whole, except with \`split: files\`.

A record of JSON is a document: \`field\` is its text, \`id\` its id, and the rest are its fields, with numbers as they are written. A
record that is not a JSON object, or whose \`field\` is not a text, goes to the ledger with its file and line, and the run warns. A record
without \`field\` has an empty text (prompts and responses may be all it has). The run warns if \`field\` is set, if another field seems to be the text (\`content\`, \`body\`, …),
or if steps that look at texts follow. With \`split: paragraphs\` or
\`lines\` the texts of records are split too.

A row of CSV or TSV is a document in the same way. The first row names the fields, and all values are texts. A row with more or fewer
values than the first goes to the ledger, and the run warns.

A row of Parquet is a document too. Nested values are JSON, and integers and decimals keep their digits. Times are texts in ISO 8601, such as
\`2024-01-02T03:04:05.123456Z\`. Bytes that are not text become base64, which the ledger counts. Only the columns that
documents keep are read. If a row group is damaged, its other rows go to the ledger.

A page of HTML is a document with its markup, in the charset that the page declares, and so is a page in a WARC archive; the ledger counts the
other records of an archive. \`|> text_from_html()\` takes the text out of pages.

A dump of MediaWiki (\`…-pages-articles.xml.bz2\`, or \`format: wiki\`) has a document for each article, without its markup.

Files of other formats (XML, zip archives, …) are refused with advice; \`format: text\` takes HTML and XML as plain text.

Documents without an id get one, made of their content, so that renaming files or adding documents changes no other id.`,
  inputs: {},
  settings: {
    paths: {
      type: 'string',
      files: true,
      collections: true,
      description:
        'A path or a pattern (data/*.txt, s3://bucket/*.parquet), or a list of them; or `list("files.txt")` or `dataset("folder", split: "train")`.',
    },
    split: {
      type: 'string',
      enum: ['files', 'paragraphs', 'lines'],
      default: 'files',
      description: 'Whether a document is a file (of JSON: a record), a paragraph (between blank lines) or a line.',
    },
    field: {
      type: 'string',
      minLength: 1,
      default: 'text',
      description: 'The field of a record that is the text of the document.',
    },
    keep_fields: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'The name of a field.' },
      optional: true,
      description: 'The fields of records that documents keep besides the text and the id; all of them by default.',
    },
    format: {
      type: 'string',
      enum: ['auto', ...formatNames],
      default: 'auto',
      description:
        'What the files are; auto goes by their names: .jsonl, .ndjson, .jl a record a line; .json records in an array or one after the other; .csv, .tsv and .tab rows with a header; .parquet rows; .html and .htm a page; .warc pages and .wet texts of an archive; else text.',
    },
  },
  positional: ['paths'],
  outputs: docsOutput,
})
