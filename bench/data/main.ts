/**
 * Cleaning and deduplicating documents, compared with datatrove.
 *
 *     npm run bench data -- [--megabytes N] [--rounds N]
 *
 * Whole commands are timed, from files to files. The documents are drawn from the paragraphs of pipelines/data with a fixed seed. If
 * LLMPIPE_PYTHON names a Python that has `datatrove` and `orjson`, datatrove does the same work in one process, as llmpipe's stages do.
 * The table has the number of documents that each keeps; the two count words differently, see docs/reference/data.md.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/values/random.ts'
import { machine, median } from '../measure.ts'
import { answerOf } from '../peers.ts'

const { values: flags } = parseArgs({
  options: { megabytes: { type: 'string', default: '16' }, rounds: { type: 'string', default: '3' } },
})
const rounds = Number(flags.rounds)

/** The measured work: a pipeline of llmpipe, and the steps of datatrove that do the same. */
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
  console.log(machine())
  console.log(`${megabytes.toFixed(1)} MB, ${rounds} rounds in turn, medians, with the start of the process\n`)
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

/** Writes documents of one to eight paragraphs, of which one in ten is a copy of an earlier one with a changed word. Returns their size in MB. */
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
  const secondsOf = (rows: readonly Row[]) => median(rows.map(({ seconds }) => seconds))
  const base = secondsOf(runs.get('llmpipe')!)
  console.log(task)
  console.table(
    Object.fromEntries(
      [...runs].map(([name, rows]) => [
        name,
        {
          seconds: secondsOf(rows).toFixed(2),
          'MB/s': (megabytes / secondsOf(rows)).toFixed(1),
          'times llmpipe’s time': (secondsOf(rows) / base).toFixed(2),
          kept: rows[0]!.kept,
        },
      ]),
    ),
  )
}
