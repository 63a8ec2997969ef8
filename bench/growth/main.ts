/**
 * Cleaning and encoding a corpus that grows: how much work a new or changed file makes.
 *
 *     npm run bench growth -- [--rounds N] [--megabytes N] [--than ENTRY]
 *
 * The corpus has 20 files of paragraphs that are drawn from pipelines/data/prose, 100 MB by default. A run in an empty store is compared with
 * runs after one file was added, changed, or put between the others, and after no change; the outputs must equal those of a run in an empty
 * store. `--than` names the entry of another llmpipe, whose run in an empty store is timed too. Numbers are medians of the seconds that
 * stages took. The second table has the number of parts that encoding reused after stages that need the whole corpus.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { machine, median, entry as ours } from '../measure.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '100' },
    than: { type: 'string' },
  },
})
const rounds = Number(flags.rounds)
const fileBytes = (Number(flags.megabytes) * 1e6) / 20
const home = mkdtempSync(join(tmpdir(), 'llmpipe-growth-'))
const folder = join(home, 'project')

const program = `use std.clean { tidy, gopher_quality }

data prose = read("corpus/*.txt", split: paragraphs) |> tidy() |> gopher_quality(min_words: 8)
tokenizer bpe = train_bpe(read("sample.txt", split: paragraphs), vocab: 2048)
data tokens = prose |> encode(bpe)
`
const whole = `${program}
data unique = prose |> dedup(exact)
data unique_tokens = unique |> encode(bpe)
data train, held_out = unique |> split(98%, 2%, seed: 7)
data train_tokens = train |> encode(bpe)
`

const sentences = readdirSync('pipelines/data/prose').flatMap((name) =>
  readFileSync(join('pipelines/data/prose', name), 'utf8')
    .replaceAll(/\s+/g, ' ')
    .split(/(?<=[.!?;]) /)
    .filter((sentence) => sentence.length > 20),
)

interface Timed {
  readonly clean: number
  readonly encode: number
  readonly digests: Readonly<Record<string, string>>
  /** The number of reused parts, by stage: `12 of 14`. */
  readonly reused: Readonly<Record<string, string>>
}

const seconds: Record<string, Timed[]> = {}
const note = (name: string, timed: Timed) => {
  seconds[name] = [...(seconds[name] ?? []), timed]
  return timed
}
for (let round = 0; round < rounds; round++) {
  makeProject(round)
  if (flags.than !== undefined) {
    note('empty store, the other llmpipe', run('other', program, resolve(flags.than)))
    rmSync(join(home, 'other'), { recursive: true })
  }
  note('empty store, 19 files', run('store', program))
  write('corpus/20.txt', textOf(fileBytes, 20 + 100 * round))
  note('a 20th file added', run('store', program))
  note('nothing changed', run('store', program))
  const tenth = readFileSync(join(folder, 'corpus/10.txt'), 'utf8')
  write('corpus/10.txt', `${tenth}\n\nOne more paragraph, which is at the end of the tenth file of them all.\n`)
  note('one file changed', run('store', program))
  write('corpus/05a.txt', textOf(fileBytes, 21 + 100 * round))
  const last = note('a file put between the others', run('store', program))
  same(last, note('empty store, 21 files', run('fresh', program)))
  for (const store of ['store', 'fresh']) rmSync(join(home, store), { recursive: true })
}

makeProject(0)
run('store', whole)
write('corpus/20.txt', textOf(fileBytes, 20))
const { reused } = run('store', whole)
rmSync(home, { recursive: true, force: true })

console.log(`${machine()}; ${flags.megabytes} MB, medians of ${rounds} rounds\n`)
const base = median((seconds['empty store, 19 files'] ?? []).map(({ clean, encode }) => clean + encode))
console.table(
  Object.fromEntries(
    Object.entries(seconds).map(([name, all]) => {
      const both = median(all.map(({ clean, encode }) => clean + encode))
      return [
        name,
        {
          'clean, s': median(all.map(({ clean }) => clean)).toFixed(2),
          'encode, s': median(all.map(({ encode }) => encode)).toFixed(2),
          'of an empty store': (both / base).toFixed(3),
        },
      ]
    }),
  ),
)
console.table(reused)

function makeProject(round: number): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'corpus'), { recursive: true })
  cpSync('pipelines/data/prose/moby-dick.txt', join(folder, 'sample.txt'))
  for (let i = 1; i < 20; i++) write(`corpus/${String(i).padStart(2, '0')}.txt`, textOf(fileBytes, i + 100 * round))
}

/** Paragraphs drawn by a small random generator (mulberry32). */
function textOf(bytes: number, seed: number): string {
  let state = seed
  const random = (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
  const paragraphs: string[] = []
  for (let length = 0; length < bytes; ) {
    const paragraph = Array.from({ length: 3 + random(6) }, () => sentences[random(sentences.length)]).join(' ')
    paragraphs.push(paragraph)
    length += paragraph.length + 2
  }
  return `${paragraphs.join('\n\n')}\n`
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

function run(store: string, text: string, entry = ours): Timed {
  write('a.llmpipe', text)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [entry, 'run', 'a.llmpipe', '--json', '--jobs', '1', '--store', join(home, store)],
    { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 30 },
  )
  if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}${stdout.slice(-2000)}`)
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  const ended = events.filter(({ event }) => event === 'finished' || event === 'cached')
  const took = (name: string) => ended.find(({ stage }) => stage === name)?.seconds ?? 0
  const digests = Object.fromEntries(ended.map(({ stage, digest }) => [stage, digest]))
  const reusedBy = ended.flatMap(({ event, stage, report }) =>
    event === 'finished' && report.reused ? [[stage, `${report.reused.parts} of ${report.reused.of}`]] : [],
  )
  return { clean: took('prose'), encode: took('tokens'), digests, reused: Object.fromEntries(reusedBy) }
}

function same(one: Timed, other: Timed): void {
  const names = Object.keys(one.digests)
  const isSame = names.length > 0 && names.every((name) => one.digests[name] === other.digests[name])
  if (!isSame)
    throw new Error(
      `the outputs differ from those of a run in an empty store: ${JSON.stringify([one.digests, other.digests])}`,
    )
}
