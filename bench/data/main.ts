/**
 * Cleaning and deduplication beside datatrove, on the same documents in the same run: the whole command, files in and files out.
 *
 *     npm run bench data -- [--megabytes N] [--rounds N]
 *
 * The documents are drawn from the paragraphs of pipelines/data, by a fixed seed. With LLMPIPE_PYTHON (a Python with `datatrove` and `orjson`)
 * datatrove does the same, in one process as our stages do. How many documents each keeps is in the table; they count words
 * differently, see docs/reference/data.md.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/random.ts'
import { answerOf } from '../peers.ts'

const { values: flags } = parseArgs({
  options: { megabytes: { type: 'string', default: '16' }, rounds: { type: 'string', default: '3' } },
})
const rounds = Number(flags.rounds)

/** What is measured: a pipeline of ours, and the steps of datatrove's that do the same. */
const tasks = {
  filters: `use std.clean { gopher_repetition, gopher_quality, fineweb_quality }
data out = read("pages.jsonl") |> gopher_repetition() |> gopher_quality() |> fineweb_quality(max_duplicate_lines: 0.01)`,
  minhash: `data out = read("pages.jsonl") |> dedup(minhash)`,
} as const

interface Row {
  readonly seconds: number
  readonly kept: number
}

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
try {
  const megabytes = writePages(join(folder, 'pages.jsonl'), Number(flags.megabytes))
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`)
  console.log(`${megabytes.toFixed(1)} MB, ${rounds} rounds in turn, medians; start of the process included\n`)
  for (const task of Object.keys(tasks) as (keyof typeof tasks)[]) {
    const runs = new Map<string, Row[]>([['llmpipe', []]])
    if (process.env.LLMPIPE_PYTHON !== undefined) runs.set('datatrove', [])
    for (let round = 0; round < rounds; round++)
      for (const [name, rows] of runs) rows.push(name === 'llmpipe' ? ours(task) : theirs(task))
    print(task, megabytes, runs)
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** Documents of one to eight paragraphs; one in ten is a copy of one before with a word changed. Gives their size in MB. */
function writePages(path: string, megabytes: number): number {
  const prose = readdirSync('pipelines/data/prose').sort()
  const paragraphs = prose.flatMap((name) => readFileSync(`pipelines/data/prose/${name}`, 'utf8').split(/\n\n+/))
  const random = new Random(1, 'pages')
  const texts: string[] = []
  let size = 0
  while (size < megabytes * 1e6) {
    const isCopy = texts.length > 100 && random.below(10) === 0
    const text = isCopy
      ? texts[random.below(texts.length)]!.replace(/\w+/, 'Changed')
      : Array.from({ length: 1 + random.below(8) }, () => paragraphs[random.below(paragraphs.length)]!).join('\n\n')
    texts.push(text)
    size += Buffer.byteLength(text)
  }
  writeFileSync(path, texts.map((text, id) => `${JSON.stringify({ id: `${id}`, text })}\n`).join(''))
  return size / 1e6
}

function ours(task: keyof typeof tasks): Row {
  const store = join(folder, 'store')
  writeFileSync(join(folder, 'bench.llmpipe'), `${tasks[task]}\n`)
  const start = performance.now()
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [resolve('dist/llmpipe.js'), 'run', join(folder, 'bench.llmpipe'), '--store', store, '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  )
  const seconds = (performance.now() - start) / 1000
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
  const events = stdout.trim().split('\n')
  const out = events.map((line) => JSON.parse(line)).find(({ event, stage }) => event === 'finished' && stage === 'out')
  rmSync(store, { recursive: true })
  return { seconds, kept: out.report.metrics.documents }
}

function theirs(task: keyof typeof tasks): Row {
  const work = mkdtempSync(join(folder, 'datatrove-'))
  const start = performance.now()
  const said = answerOf(process.env.LLMPIPE_PYTHON!, ['bench/data/peer.py', task, folder, work])
  const seconds = (performance.now() - start) / 1000
  rmSync(work, { recursive: true })
  return { seconds, kept: Number(said) }
}

function print(task: string, megabytes: number, runs: ReadonlyMap<string, readonly Row[]>): void {
  const median = (rows: readonly Row[]) =>
    rows.map(({ seconds }) => seconds).sort((a, b) => a - b)[rows.length >> 1] ?? Number.NaN
  const base = median(runs.get('llmpipe')!)
  console.log(task)
  console.table(
    Object.fromEntries(
      [...runs].map(([name, rows]) => [
        name,
        {
          seconds: median(rows).toFixed(2),
          'MB/s': (megabytes / median(rows)).toFixed(1),
          'times llmpipe’s time': (median(rows) / base).toFixed(2),
          kept: rows[0]!.kept,
        },
      ]),
    ),
  )
}
