/**
 * Encoding with the cl100k ranks and training BPE, compared with other tokenizer libraries.
 *
 *     npm run bench tokenizer -- [--text FILE]… [--rounds N] [--vocab N]
 *
 * All libraries get the same text in the same run: the `--text` files, or those in LLMPIPE_BENCH_TEXT (separated by `:`), or else
 * pipelines/data. Python's `tokenizers` and `tiktoken` are measured if LLMPIPE_PYTHON names a Python that has them. The ids of every encoder
 * and the merges of every trainer are compared with those of llmpipe.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { encode as encodeGptTokenizer } from 'gpt-tokenizer/encoding/cl100k_base'
import { Tiktoken } from 'js-tiktoken/lite'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import { toAlphabet } from '../../src/text/bpe/byte-alphabet.ts'
import { PieceCounter } from '../../src/text/bpe/piece-counter.ts'
import { trainBpe } from '../../src/text/bpe/train-bpe.ts'
import { saveTokenizer } from '../../src/text/load.ts'
import { namedPatterns } from '../../src/text/split/splitter.ts'
import { encodings } from '../../src/text/tiktoken.ts'
import { rankFile, tiktoken } from '../../test/text/ranks.ts'
import { machine, median } from '../measure.ts'

const { values: flags } = parseArgs({
  options: {
    text: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '7' },
    vocab: { type: 'string', default: '8192' },
  },
})
const rounds = Number(flags.rounds)
const vocab = Number(flags.vocab)

/** A measured library: its seconds in each round, and a digest of its output. */
interface Row {
  readonly name: string
  readonly seconds: readonly number[]
  readonly gave: string
}

const paths = flags.text ?? process.env.LLMPIPE_BENCH_TEXT?.split(':') ?? corpusFiles('pipelines/data')
if (paths.length === 0) throw new Error('there is no text in pipelines/data; give some with --text FILE')
const documents = paths.flatMap((path) => documentsOf(readText(path)))
const megabytes = documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6

console.log(machine())
console.log(
  `${paths.length} files, ${documents.length} documents, ${megabytes.toFixed(2)} MB, ${rounds} rounds, medians\n`,
)

const python = runPython()
print('Encoding with cl100k ranks, one core', [...encodingRows(), ...(python?.encoding ?? [])], (seconds) => ({
  'MB/s': (megabytes / seconds).toFixed(1),
}))
print(
  `Training BPE, GPT-4 pattern, ${vocab} tokens, min_frequency 2`,
  [trainingRow(), ...(python?.training ?? [])],
  (seconds) => ({ seconds: seconds.toFixed(3) }),
)

/** Measures the encoders in turn, so that other work on the machine disturbs all of them alike. */
function encodingRows(): Row[] {
  const ours = tiktoken(cl100k)
  const theirs = new Tiktoken(cl100k)
  const encoders: readonly [string, (text: string) => ArrayLike<number>][] = [
    ['llmpipe', (text) => ours.encode(text)],
    ['gpt-tokenizer', (text) => encodeGptTokenizer(text)],
    ['js-tiktoken', (text) => theirs.encode(text, [], [])],
  ]
  const seconds = new Map<string, number[]>(encoders.map(([name]) => [name, []]))
  const gave = new Map<string, string>()
  for (let round = 0; round <= rounds; round++) {
    for (const [name, encode] of encoders) {
      const start = performance.now()
      const ids = documents.map(encode)
      // The first round fills caches and compiles code.
      if (round > 0) seconds.get(name)!.push((performance.now() - start) / 1000)
      else gave.set(name, digest(ids.map((each) => Array.from(each).join(' ')).join('\n')))
    }
  }
  return encoders.map(([name]) => ({ name, seconds: seconds.get(name)!, gave: gave.get(name)! }))
}

function trainingRow(): Row {
  const seconds: number[] = []
  let gave = ''
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const counter = new PieceCounter(namedPatterns.gpt4)
    for (const text of documents) counter.add(text)
    const { tokens, merges } = trainBpe(counter, { tokens: vocab, minFrequency: 2 })
    seconds.push((performance.now() - start) / 1000)
    const text = (id: number) => toAlphabet(tokens[id]!)
    gave = digest(Array.from(merges.left, (left, i) => `${text(left)} ${text(merges.right[i]!)}`).join('\n'))
  }
  return { name: 'llmpipe (1 thread)', seconds, gave }
}

/** The rows of the Python libraries: encoders with one thread, the trainer with one and with all. */
function runPython(): { readonly encoding: Row[]; readonly training: Row[] } | undefined {
  const command = process.env.LLMPIPE_PYTHON
  if (command === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
  try {
    writeFileSync(join(folder, 'ranks.tiktoken'), rankFile(cl100k.bpe_ranks))
    saveTokenizer(folder, tiktoken(cl100k))
    const { pattern, special } = encodings.get('cl100k_base')!
    const task = { documents, rounds, vocab, train_pattern: namedPatterns.gpt4, pattern, special }
    writeFileSync(join(folder, 'task.json'), JSON.stringify(task))
    const rows = { encoding: [] as Row[], training: [] as Row[] }
    for (const threads of [1, availableParallelism()]) {
      execFileSync(command, ['bench/tokenizer/peers.py', folder, `${threads}`], {
        stdio: 'inherit',
        env: { ...process.env, RAYON_NUM_THREADS: `${threads}` },
      })
      const answer = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8')) as typeof rows
      rows.encoding.push(...answer.encoding)
      rows.training.push(...answer.training)
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function print(title: string, rows: readonly Row[], figure: (seconds: number) => Record<string, string>): void {
  const ours = rows[0]!
  console.log(title)
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        row.name,
        {
          ...figure(median(row.seconds)),
          'times llmpipe’s time': (median(row.seconds) / median(ours.seconds)).toFixed(2),
          'same result': row.gave === ours.gave ? 'yes' : 'no',
        },
      ]),
    ),
  )
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function corpusFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.txt(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

function readText(path: string): string {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** Paragraphs joined to documents of about 8 KB. */
function documentsOf(text: string): string[] {
  const joined: string[] = []
  let current = ''
  for (const paragraph of text.split(/(?<=\n\n)/)) {
    current += paragraph
    if (current.length < 8192) continue
    joined.push(current)
    current = ''
  }
  return current === '' ? joined : [...joined, current]
}
