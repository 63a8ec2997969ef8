/**
 * Stages that work in parts, on one core and on several: filters, MinHash, counting pieces, and encoding.
 *
 *     npm run bench cores -- [--megabytes N] [--cores N] [--rounds N]
 *
 * The documents are drawn from the paragraphs of pipelines/data with a fixed seed. Numbers are medians of the seconds that stages took, with the start of
 * their process and its threads. The outputs must be the same with any number of cores. Merging (`train_bpe`) and the comparison of signatures (`dedup`) are not
 * divided. A run on one core is bound to it (`taskset`), because the garbage collector of Node uses other cores too. The machine should do nothing else.
 */

import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/values/random.ts'
import { entry, machine, median } from '../measure.ts'

const { values: flags } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '200' },
    cores: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
})
const counts = [1, Number(flags.cores)]

const program = `use std.clean { gopher_repetition, gopher_quality, fineweb_quality }
data filters = read("pages.jsonl") |> gopher_repetition() |> gopher_quality() |> fineweb_quality(max_duplicate_lines: 0.01)
data unique = filters |> dedup(minhash)
tokenizer pieces = train_bpe(filters, vocab: 4096)
data encoded = filters |> encode(pieces)
`
const stages = ['filters', 'unique', 'pieces', 'encoded'] as const

interface Timed {
  readonly seconds: Readonly<Record<string, number>>
  readonly digests: Readonly<Record<string, string>>
}

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-cores-'))
try {
  const megabytes = writePages(join(folder, 'pages.jsonl'), Number(flags.megabytes))
  writeFileSync(join(folder, 'a.llmpipe'), program)
  console.log(`${machine()}; ${megabytes.toFixed(0)} MB, medians of ${flags.rounds} rounds in turn\n`)
  const timed = new Map(counts.map((cores) => [cores, [] as Timed[]]))
  for (let round = 0; round < Number(flags.rounds); round++) for (const [cores, all] of timed) all.push(run(cores))
  const [first, ...others] = [...timed.values()].flat().map(({ digests }) => JSON.stringify(digests))
  if (others.some((each) => each !== first)) throw new Error('the outputs depend on the number of cores')
  const of = (cores: number, seconds: (each: Timed) => number) => median(timed.get(cores)!.map(seconds))
  const row = (seconds: (each: Timed) => number) => {
    const [one, several] = counts.map((cores) => of(cores, seconds)) as [number, number]
    return {
      'one core, s': one.toFixed(2),
      [`${flags.cores} cores, s`]: several.toFixed(2),
      'times as fast': (one / several).toFixed(2),
      'MB/s on one': (megabytes / one).toFixed(1),
    }
  }
  const sum = (names: readonly string[]) => (each: Timed) => names.reduce((all, name) => all + each.seconds[name]!, 0)
  console.table({
    ...Object.fromEntries(stages.map((name) => [name, row(sum([name]))])),
    'filters, unique, encoded': row(sum(['filters', 'unique', 'encoded'])),
  })
} finally {
  rmSync(folder, { recursive: true })
}

/** Writes documents of one to eight paragraphs, of which one in ten is a copy of an earlier one with a changed word. Returns their size in MB. */
function writePages(path: string, megabytes: number): number {
  const paragraphs = readdirSync('pipelines/data/prose')
    .sort()
    .flatMap((name) => readFileSync(`pipelines/data/prose/${name}`, 'utf8').split(/\n\n+/))
  const random = new Random(1, 'pages')
  const file = openSync(path, 'w')
  const texts: string[] = []
  let size = 0
  for (let id = 0; size < megabytes * 1e6; id++) {
    const isCopy = texts.length > 100 && random.below(10) === 0
    const text = isCopy
      ? texts[random.below(texts.length)]!.replace(/\w+/, 'Changed')
      : Array.from({ length: 1 + random.below(8) }, () => paragraphs[random.below(paragraphs.length)]!).join('\n\n')
    if (texts.length < 10_000) texts.push(text)
    size += Buffer.byteLength(text)
    writeSync(file, `${JSON.stringify({ id: `${id}`, text })}\n`)
  }
  closeSync(file)
  return size / 1e6
}

/** Runs the program in an empty store, one stage at a time. */
function run(cores: number): Timed {
  const store = join(folder, 'store')
  const [command, ...args] = [...(cores === 1 ? ['taskset', '-c', '0'] : []), process.execPath]
  const { stdout, stderr, status } = spawnSync(
    command!,
    [...args, entry, 'run', 'a.llmpipe', '--json', '--jobs', '1', '--cpus', `${cores}`, '--store', store],
    { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 30 },
  )
  if (status !== 0) throw new Error(`${stderr}${stdout.slice(-2000)}`)
  rmSync(store, { recursive: true })
  const ended = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'finished')
  return {
    seconds: Object.fromEntries(ended.map(({ stage, seconds }) => [stage, seconds])),
    digests: Object.fromEntries(ended.map(({ stage, digest }) => [stage, digest])),
  }
}
