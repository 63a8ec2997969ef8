/** The table of input formats. A new format is a file in this folder and a line here. */

import type { Format } from './format.ts'

export const formats = {
  text: { extensions: [], load: () => import('./text.ts') },
  jsonl: { extensions: ['.jsonl', '.ndjson', '.jl'], load: () => import('./jsonl.ts') },
  json: { extensions: ['.json'], load: () => import('./json.ts') },
  csv: { extensions: ['.csv'], load: async () => (await import('./csv.ts')).csv },
  tsv: { extensions: ['.tsv', '.tab'], load: async () => (await import('./csv.ts')).tsv },
  html: { extensions: ['.html', '.htm', '.xhtml'], load: () => import('./html.ts') },
  warc: { extensions: ['.warc'], load: () => import('./warc.ts') },
  wet: { extensions: ['.wet'], load: () => import('./warc.ts') },
  wiki: {
    extensions: [],
    // A large dump has parts: enwiki-20260101-pages-articles1.xml-p1p41242.
    names: /-(?:pages-(?:articles|meta)|stub)[^/]*\.xml(?:-p\d+p\d+)?$/i,
    load: () => import('./wiki.ts'),
  },
  parquet: { extensions: ['.parquet'], load: () => import('./parquet.ts') },
} satisfies Readonly<Record<string, Format>>

export type FormatName = keyof typeof formats

export const formatNames = Object.keys(formats) as readonly FormatName[]
