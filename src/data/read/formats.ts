/** Formats of input files: which is read how, by the ending of its name, and what to do with one that is not read. */

import { StageError } from '../../core/failure.ts'

/** How the bytes of a file are read: as text, as a JSON record a line, or as JSON records one after the other or in an array. */
export type Format = 'text' | 'jsonl' | 'json'

const formats: ReadonlyMap<string, Format> = new Map([
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.jl', 'jsonl'],
  ['.json', 'json'],
])

const extract = 'Extract its text first.'
const unpack = 'Unpack it first.'
const convert = 'Convert it to JSONL.'
const duckdb = (ending: string) =>
  `Convert it to JSONL, for example with DuckDB: COPY (FROM 'x${ending}') TO 'x.jsonl' (FORMAT json).`
const html = 'Extract its text first, for example with trafilatura or readability.'

/** Files that are no text, whatever a program says. */
const neverText: ReadonlyMap<string, string> = new Map([
  ['.parquet', duckdb('.parquet')],
  ...['.arrow', '.feather', '.avro', '.orc', '.tfrecord', '.npy', '.npz', '.pkl', '.pickle', '.h5'].map(
    (ending) => [ending, convert] as const,
  ),
  ...['.db', '.sqlite', '.sqlite3', '.duckdb'].map((ending) => [ending, convert] as const),
  ['.zst', 'Unpack it first (zstd -d), or pack it with gzip.'],
  ['.bz2', 'Unpack it first (bunzip2), or pack it with gzip.'],
  ['.xz', 'Unpack it first (unxz), or pack it with gzip.'],
  ['.lz4', 'Unpack it first (lz4 -d), or pack it with gzip.'],
  ['.br', 'Unpack it first (brotli -d), or pack it with gzip.'],
  ...['.zip', '.tar', '.tgz', '.7z', '.rar'].map((ending) => [ending, unpack] as const),
  ...['.pdf', '.doc', '.docx', '.odt', '.epub', '.ppt', '.pptx'].map((ending) => [ending, extract] as const),
  ...['.xls', '.xlsx', '.ods'].map((ending) => [ending, convert] as const),
  ['.warc', 'Extract its pages first, for example with trafilatura or datatrove.'],
  ['.wet', 'Extract its pages first, for example with warcio or datatrove.'],
  ['.wat', 'Extract its pages first, for example with warcio.'],
])

/** Files whose bytes are text, but whose text is not what they are about: they are read as text only where a program says so. */
const notPlain: ReadonlyMap<string, string> = new Map([
  ...['.csv', '.tsv'].map((ending) => [ending, duckdb(ending)] as const),
  ...['.html', '.htm', '.xhtml', '.mhtml'].map((ending) => [ending, html] as const),
  ...['.xml', '.rss', '.atom', '.svg', '.rtf', '.ipynb'].map((ending) => [ending, extract] as const),
])

/** The ending of a file's name in lower case, and whether it is packed with gzip: `pages.JSONL.gz` is a packed `.jsonl`. */
export function endingOf(name: string): { readonly ending: string; readonly packed: boolean } {
  const lower = name.toLowerCase()
  const packed = lower.endsWith('.gz')
  const [ending = ''] = /\.[^./\\]*$/.exec(packed ? lower.slice(0, -3) : lower) ?? []
  return { ending, packed }
}

/**
 * The format of a file: the one that a program says, or else the one of its name. Throws a StageError `unreadable-file` for a file
 * that is not read.
 */
export function formatOf(name: string, said: Format | 'auto'): Format {
  const { ending } = endingOf(name)
  const help = neverText.get(ending) ?? (said === 'auto' ? notPlain.get(ending) : undefined)
  if (help !== undefined) {
    const insist = neverText.has(ending) ? '' : ' To take its bytes as plain text, say so: read(…, format: text).'
    throw new StageError('unreadable-file', `${name}: ${ending} files cannot be read`, `${help}${insist}`)
  }
  return said === 'auto' ? (formats.get(ending) ?? 'text') : said
}
