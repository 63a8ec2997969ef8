/** Files that `read` refuses, by the endings of their names, each with the way to make them readable. */

const extract = 'Extract its text first.'
const unpack = 'Unpack it first.'
const convert = 'Convert it to JSONL.'

/** Files that are not text, even if a program says `format: text`. */
export const neverText: ReadonlyMap<string, string> = new Map([
  ['.parquet', 'Leave `format` out, or write read(…, format: parquet).'],
  ...['.arrow', '.feather', '.avro', '.orc', '.tfrecord', '.npy', '.npz', '.pkl', '.pickle', '.h5'].map(
    (ending) => [ending, convert] as const,
  ),
  ...['.db', '.sqlite', '.sqlite3', '.duckdb'].map((ending) => [ending, convert] as const),
  ['.xz', 'Unpack it first (unxz), or pack it with gzip.'],
  ['.lz4', 'Unpack it first (lz4 -d), or pack it with gzip.'],
  ['.br', 'Unpack it first (brotli -d), or pack it with gzip.'],
  ...['.zip', '.tar', '.tgz', '.7z', '.rar'].map((ending) => [ending, unpack] as const),
  ...['.pdf', '.doc', '.docx', '.odt', '.epub', '.ppt', '.pptx'].map((ending) => [ending, extract] as const),
  ...['.xls', '.xlsx', '.ods'].map((ending) => [ending, convert] as const),
  ['.wat', 'Extract its pages first, for example with warcio.'],
])

/** Files whose bytes are text that nobody wants to learn from: they are read only if a program says `format: text`. */
export const notPlain: ReadonlyMap<string, string> = new Map([
  ['.mhtml', extract],
  ...['.xml', '.rss', '.atom', '.svg', '.rtf', '.ipynb'].map((ending) => [ending, extract] as const),
])
