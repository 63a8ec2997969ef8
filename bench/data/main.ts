/**
 * Reading, measuring, filtering, deduplicating, encoding and writing documents, compared with datatrove, Hugging Face's tokenizers and a loop in Rust.
 *
 *     npm run bench data -- [--megabytes N] [--peers N] [--rounds N] [--cpus 1,2] [--only NAME,…] [--text PATH …] [--in FOLDER]
 *
 * Whole commands are timed, from files to files; of `encode`, only the stage. The documents are real text, expanded with a fixed seed to N MB
 * (16 if not given); --text names further files or folders of text. --only takes beginnings of the names in the table. --in keeps the documents in a folder for the
 * next call. A run on one core is bound to it (`taskset`), because the garbage collector of Node uses other cores too. If LLMPIPE_PYTHON names a Python that has
 * `datatrove`, `orjson` and `tokenizers`, they do the same work in one process on one core, with --peers on the first N MB only. If `cargo` is installed, bench/peers/filters
 * does the filters in a plain loop. `times the first` compares MB/s. `kept` is the number of documents that each keeps; datatrove counts words differently, see docs/reference/data.md.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { entry, llmpipe, machine, median } from '../measure.ts'
import { type Format, writeCorpus } from './corpus.ts'
import { type Measured, measured } from './measured.ts'
import { type Task, tasks } from './tasks.ts'

const { values: flags } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
    cpus: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    text: { type: 'string', multiple: true, default: [] },
    peers: { type: 'string' },
    in: { type: 'string' },
  },
})
const rounds = Number(flags.rounds)
const cpus = flags.cpus.split(',').map(Number)
const beginnings = flags.only.split(',')
const wanted = tasks.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)))
const python = process.env.LLMPIPE_PYTHON
const megabytes = Number(flags.megabytes)
const peerMegabytes = Number(flags.peers ?? megabytes)
const folder = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
const kept = flags.in === undefined ? folder : resolve(flags.in)
/** The documents of llmpipe, and those of datatrove and tokenizers. */
const corpora = { ours: join(kept, `${megabytes}-mb`), theirs: join(kept, `${peerMegabytes}-mb`) }
const sources = ['pipelines/data/prose', ...flags.text]
const oneCore = spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? ['taskset', '-c', '0'] : []

interface Row {
  readonly seconds: number
  /** The text of its documents. */
  readonly megabytes: number
  readonly peak: number | undefined
  /** Documents, or tokens of `encode`. */
  readonly kept: number
}

/** Everything that does a task, by its name in the table. */
function contendersFor(task: Task): Map<string, () => Promise<Row>> {
  const contenders = new Map<string, () => Promise<Row>>()
  for (const count of cpus)
    contenders.set(`llmpipe, ${count} ${count === 1 ? 'core' : 'cores'}`, () => ours(task, count))
  const { peer, rust } = task
  if (peer !== undefined && python !== undefined)
    contenders.set(peer === 'encode' ? 'tokenizers' : 'datatrove', () => theirs(peer, python))
  if (rust !== undefined && rustProgram !== undefined) contenders.set('Rust', () => inRust(rust, rustProgram))
  return contenders
}

async function ours({ program, stage }: Task, count: number): Promise<Row> {
  const store = join(folder, 'store')
  const file = join(folder, 'bench.llmpipe')
  writeFileSync(file, `${program.replaceAll('"pages.', `"${corpora.ours}/pages.`)}\n`)
  rmSync(store, { recursive: true, force: true })
  const run = await measured([
    ...(count === 1 ? oneCore : []),
    process.execPath,
    entry,
    'run',
    file,
    '--store',
    store,
    '--json',
    '--cpus',
    String(count),
  ])
  const ends = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'finished')
  const { seconds, report } = ends.find((event) => event.stage === 'out')
  const kept = report.metrics.tokens ?? report.metrics.documents
  return { seconds: stage === undefined ? run.seconds : seconds, megabytes, peak: run.peak, kept }
}

async function theirs(task: string, python: string): Promise<Row> {
  const work = mkdtempSync(join(folder, 'peer-'))
  const tokenizer =
    task === 'encode'
      ? [JSON.parse(llmpipe(['show', 'bench.llmpipe', 'bpe', '--store', 'store', '--json'], folder)).artefacts[0].path]
      : []
  const run = await measured([
    ...oneCore,
    python,
    resolve('bench/data/peer.py'),
    task,
    corpora.theirs,
    work,
    ...tokenizer,
  ])
  rmSync(work, { recursive: true })
  const { kept, seconds } = JSON.parse(run.stdout.trim().split('\n').at(-1)!) as { kept: number; seconds?: number }
  return { seconds: seconds ?? run.seconds, megabytes: peerMegabytes, peak: run.peak, kept }
}

async function inRust(task: string, program: string): Promise<Row> {
  const [pages, out] = [join(corpora.ours, 'pages.jsonl'), join(folder, 'rust.jsonl')]
  const run: Measured = await measured([...oneCore, program, task, pages, out])
  return { ...run, megabytes, kept: Number(run.stdout) }
}

/** The built loop in Rust; `undefined` without cargo. */
function builtRust(): string | undefined {
  const crate = resolve('bench/peers/filters')
  const target = join(tmpdir(), 'llmpipe-bench-rust')
  const args = ['build', '--release', '--locked', '--manifest-path', join(crate, 'Cargo.toml'), '--target-dir', target]
  const { status, error, stderr } = spawnSync('cargo', args, { encoding: 'utf8' })
  if (error !== undefined) return undefined
  if (status !== 0) throw new Error(stderr)
  return join(target, 'release', 'filters')
}

/** Writes the documents in some formats to a folder, unless an earlier call has. */
async function makeCorpus(into: string, size: number, formats: readonly Format[]): Promise<void> {
  mkdirSync(into, { recursive: true })
  const missing = formats.filter((format) => !existsSync(join(into, `pages.${format}`)))
  if (missing.length === 0) return
  const unfinished = mkdtempSync(join(kept, 'unfinished-'))
  await writeCorpus(unfinished, size * 1e6, sources, missing)
  for (const format of missing) renameSync(join(unfinished, `pages.${format}`), join(into, `pages.${format}`))
  rmSync(unfinished, { recursive: true })
}

const rustProgram = wanted.some(({ rust }) => rust !== undefined) ? builtRust() : undefined
try {
  await makeCorpus(corpora.ours, megabytes, [...new Set(['jsonl' as const, ...wanted.map(({ format }) => format)])])
  if (python !== undefined) await makeCorpus(corpora.theirs, peerMegabytes, ['jsonl'])
  console.log(machine())
  console.log(`${megabytes} MB of text, ${rounds} rounds in turn, medians, with the start of the process`)
  if (python === undefined) console.log('without datatrove and tokenizers: LLMPIPE_PYTHON names no Python')
  if (rustProgram === undefined) console.log('without the loop in Rust: cargo is not installed, or nothing needs it')
  for (const task of wanted) {
    const contenders = contendersFor(task)
    const rows = new Map([...contenders.keys()].map((name) => [name, [] as Row[]]))
    for (let round = 0; round < rounds; round++) for (const [name, run] of contenders) rows.get(name)!.push(await run())
    const base = rows.values().next().value!
    const inRustKept = rows.get('Rust')?.[0]?.kept
    if (task.rust === 'filters' && inRustKept !== undefined && inRustKept !== base[0]!.kept)
      throw new Error(`the loop in Rust keeps ${inRustKept} documents, and llmpipe ${base[0]!.kept}`)
    const table: Record<string, object> = {}
    for (const [name, own] of rows) {
      const seconds = median(own.map((row) => row.seconds))
      const timeOf = (row: Row) => row.seconds / row.megabytes
      const times = median(own.map((row, round) => timeOf(row) / timeOf(base[round]!)))
      table[name] = {
        seconds: seconds.toFixed(2),
        MB: own[0]!.megabytes,
        'MB/s': (own[0]!.megabytes / seconds).toFixed(1),
        'times the first': times.toFixed(2),
        'peak MB': Math.max(...own.map(({ peak = 0 }) => peak)).toFixed(0),
        kept: own[0]!.kept,
      }
    }
    console.log(`\n${task.name}`)
    console.table(table)
  }
} finally {
  rmSync(folder, { recursive: true })
}
