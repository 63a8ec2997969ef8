/** The kind `read`: text and JSONL files to documents. It runs inside `documents`. */

import { docsOutput } from './docs-output.ts'
import type { Kind } from './services.ts'

export const read: Kind = {
  name: 'read',
  version: 1,
  summary: 'Reads text and JSONL files, packed with gzip or not.',
  documentation: `\`read("data/*.txt", split: paragraphs)\`, \`read("data/pages-*.jsonl.gz", field: "content")\`.

Text is UTF-8. A byte order mark is taken off, \`\\r\\n\` becomes \`\\n\`, bytes that are not UTF-8 become U+FFFD and are counted in the
ledger. Files are read in the order of their names and are never held whole, except with \`split: files\`.

A record of JSONL is a document: \`field\` is its text, \`id\` its id, the rest goes along as fields. A line that is no JSON object, or
whose \`field\` is no text, goes to the ledger with its file and number. A record without \`field\` has an empty text (prompts and
responses may be all it has), and the run warns. With \`split: paragraphs\` or \`lines\` the texts of records are split too.

Documents without an id get one from their content, so that renaming files or adding documents changes no other.`,
  shape: 'source',
  inputs: {},
  settings: {
    properties: {
      paths: { type: 'string', files: true, description: 'A path or a pattern (data/*.txt), or a list of them.' },
      split: {
        type: 'string',
        enum: ['files', 'paragraphs', 'lines'],
        default: 'files',
        description: 'What a document is: a file (of JSONL: a record), a paragraph (between blank lines) or a line.',
      },
      field: {
        type: 'string',
        minLength: 1,
        default: 'text',
        description: 'The field of JSONL records that is the text.',
      },
      format: {
        type: 'string',
        enum: ['auto', 'text', 'jsonl'],
        default: 'auto',
        description:
          'What the files are; auto: JSONL where a name ends in .jsonl or .ndjson (or those and .gz), else text.',
      },
    },
  },
  positional: ['paths'],
  outputs: docsOutput,
}
