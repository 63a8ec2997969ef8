/**
 * Wrong clocks: runs whose clocks are off by seconds to years, are set during the run, and differ between processes.
 *
 *     npm run trial clock -- [--rounds N] [--seed N]
 *
 * Between runs, inputs are edited in place, with their times set to the past or the future. No hit may be stale, no hit may be lost, no claim
 * may be taken from a living process, and `cache gc` may not remove an artefact that a run beside it uses.
 *
 * Setting the clock of the machine would disturb everything else on it, so each process gets a clock of its own: `Date` is replaced before
 * any other code loads. The times that the file system writes are right, which makes the trial harder: the two disagree.
 */

import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/values/random.ts'
import { digestsOf, eventsIn, makeProject, prose, training } from '../../test/cli/rig.ts'
import { endTrial } from '../end.ts'

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, seed: { type: 'string', default: '1' } },
})
const random = new Random(Number(flags.seed), 'clocks')

/** Clocks of processes with even and odd pids are off in opposite directions, so a runner and its stages differ half the time. */
const wrongClock = `
const { readFileSync } = require('node:fs')
const Right = Date
const off = () => Number(readFileSync(process.env.LLMPIPE_TRIAL_CLOCK, 'utf8')) * (process.pid % 2 === 0 ? 1 : -1)
globalThis.Date = class extends Right {
  constructor(...args) {
    if (args.length === 0) super(Right.now() + off())
    else super(...args)
  }
  static now() {
    return Right.now() + off()
  }
}
`
const tools = mkdtempSync(join(tmpdir(), 'llmpipe-clock-'))
const clock = join(tools, 'offset')
writeFileSync(join(tools, 'clock.cjs'), wrongClock)
const setClock = (milliseconds: number) => writeFileSync(clock, `${milliseconds}`)
setClock(0)
process.env.LLMPIPE_TRIAL_CLOCK = clock
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --require ${join(tools, 'clock.cjs')}`.trim()

const steps = [0, 1e3, 3e3, 36e5, 864e5, 30 * 864e5, 3650 * 864e5]
const anyOffset = () => steps[random.below(steps.length)]! * (random.below(2) === 0 ? 1 : -1)

/** Two texts of the same size. Their outputs are known from runs in separate projects. */
const texts = [prose, prose.replaceAll('whales', 'squids')] as const
const expected = texts.map((text) => {
  const project = makeProject({ 'a.llmpipe': training, 'data/book.txt': text })
  const { code, events } = project.events(['a.llmpipe'])
  if (code !== 0) throw new Error('the run with the right clock fails')
  project.remove()
  return digestsOf(events)
})

const project = makeProject({ 'a.llmpipe': training, 'data/book.txt': texts[0] })
const book = join(project.folder, 'data/book.txt')
const began = performance.now()
const tally = { runs: 0, edits: 0, collections: 0, stale: 0, lost: 0, twice: 0, failed: 0 }
/** The texts whose artefacts must be in the store, since nothing was collected after their runs. */
let known = new Set<number>()
let text = 0

for (let round = 0; round < Number(flags.rounds); round++) {
  setClock(anyOffset())
  if (random.below(2) === 0) edit()
  const many = 1 + random.below(2)
  const runs = Array.from({ length: many }, () => start(['run', 'a.llmpipe', '--json']))
  const upkeep = random.below(3) === 0 ? collectMeanwhile() : undefined
  // The clock is set during the runs.
  await sleep(random.uniform() * 1_500)
  setClock(anyOffset())
  const ended = await Promise.all(runs)
  await upkeep
  tally.runs += many
  const finished = new Set<string>()
  for (const { code, stdout, stderr } of ended) {
    const events = eventsIn(stdout)
    if (code !== 0) {
      tally.failed++
      console.error(stderr, JSON.stringify(events.filter(({ event }) => event === 'failed')))
    }
    for (const [stage, digest] of digestsOf(events)) if (expected[text]!.get(stage) !== digest) tally.stale++
    for (const { event, stage } of events) {
      if (event !== 'finished') continue
      if (upkeep === undefined && known.has(text)) tally.lost++
      if (upkeep === undefined && finished.has(stage!)) tally.twice++
      finished.add(stage!)
    }
  }
  // To a clock that is years ahead everything is old, so artefacts that no run uses may be gone.
  known = upkeep === undefined ? known.add(text) : new Set()
}
project.remove()
rmSync(tools, { recursive: true, force: true })
endTrial(
  `clock: ${tally.runs} runs`,
  began,
  { 'edits in place between the runs': tally.edits, 'collections beside the runs': tally.collections },
  {
    'stale hits, or wrong bytes': tally.stale,
    'lost hits': tally.lost,
    'stages that two simultaneous runs both ran': tally.twice,
    'failed runs': tally.failed,
  },
)

/** Writes the other text in place, with a time of change that is missing or false. */
function edit(): void {
  const { atime, mtime } = statSync(book)
  text = 1 - text
  writeFileSync(book, texts[text]!, { flag: 'r+' })
  const time = [mtime, new Date(0), new Date(Date.now() + anyOffset())][random.below(3)]!
  utimesSync(book, atime, time)
  tally.edits++
}

async function collectMeanwhile(): Promise<void> {
  await sleep(random.uniform() * 1_000)
  tally.collections++
  const { code, stderr } = await start(['cache', 'gc', '--older', '1d'])
  if (code === 0) return
  tally.failed++
  console.error(stderr)
}

function start(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = project.start(args)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.on('data', (piece: Buffer) => {
      said[name] += piece
    })
  }
  return new Promise((done) => child.once('close', (code) => done({ code, ...said })))
}
