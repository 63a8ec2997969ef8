/** Files that `read` refuses, by the endings of their names, each with the way to make them readable. */

const extract = 'Extract its text first.'
const unpack = 'Unpack it first.'
const convert = 'Convert it to JSONL.'
const unfinished = 'It is still being written, or left over. Leave it out: read("folder/*.jsonl").'

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

/** Ways to pack files that `read` does not unpack, by the first bytes of files: their names can be any. */
const otherPackings = [
  { name: 'xz', magic: Buffer.from('fd377a585a00', 'hex'), ending: '.xz' },
  { name: 'lz4', magic: Buffer.from('04224d18', 'hex'), ending: '.lz4' },
  { name: 'zip', magic: Buffer.from('504b0304', 'hex'), ending: '.zip' },
  { name: '7z', magic: Buffer.from('377abcaf271c', 'hex'), ending: '.7z' },
] as const

/** How a file with these first bytes is packed, and the way to make it readable; `undefined` if `read` unpacks it or it is not packed. */
export function otherPacking(bytes: Buffer): { readonly name: string; readonly help: string } | undefined {
  const found = otherPackings.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic))
  return found && { name: found.name, help: neverText.get(found.ending) ?? unpack }
}

/** Files whose bytes are text that nobody wants to learn from, or the beginning of another file: they are read only if a program says `format: text`. */
export const notPlain: ReadonlyMap<string, string> = new Map([
  ['.mhtml', extract],
  ...['.tmp', '.part', '.partial', '.crdownload'].map((ending) => [ending, unfinished] as const),
  ...['.xml', '.rss', '.atom', '.svg', '.rtf', '.ipynb'].map((ending) => [ending, extract] as const),
])
