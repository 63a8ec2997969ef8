/**
 * Failing disks: one that is too small, one that another program fills during the run, and a read-only store.
 *
 *     npm run trial disk -- [--rounds N] [--seed N]
 *
 * A run that cannot continue has to report this in one line. The stages that it had finished have to be hits of the next run, and the outputs
 * of that run have to equal those of a run with enough room, byte for byte. The trial mounts its disks in a namespace of its own (`unshare`, Linux), and
 * is skipped where it cannot make one.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/values/random.ts'
import { digestsOf, type Event, eventsIn, makeProject, prose, training } from '../../test/cli/rig.ts'
import { endTrial } from '../end.ts'
import { rankOnFullDisks } from './rankings.ts'

const inside = process.env.LLMPIPE_TRIAL_DISK === 'inside'
if (!inside) {
  const [, ...own] = process.argv
  const env = { ...process.env, LLMPIPE_TRIAL_DISK: 'inside' }
  const works = spawnSync('unshare', ['-Urm', 'true']).status === 0
  if (!works) console.log('skipped: this machine allows no namespace of its own (unshare -Urm)')
  else
    process.exitCode = spawnSync('unshare', ['-Urm', process.execPath, ...own], { stdio: 'inherit', env }).status ?? 1
  process.exit()
}

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, seed: { type: 'string', default: '1' } },
})
const random = new Random(Number(flags.seed), 'disks')
const project = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
const store = join(project.folder, 'disk')
mkdirSync(store)
const began = performance.now()
/** A size of a disk, in bytes, that is more than enough. */
const roomy = 64 << 20

const tally = { failed: 0, completed: 0, unclear: 0, wrong: 0, lost: 0, stuck: 0 }
const unclear = (what: string) => {
  tally.unclear++
  console.error(what)
}
mount('-t', 'tmpfs', '-o', `size=${roomy}`, 'tmpfs')
const { code, events } = project.events(['a.llmpipe', '--store', 'disk'])
if (code !== 0) throw new Error('the run with enough room fails')
const expected = digestsOf(events)
const { seconds } = events.at(-1) as unknown as { readonly seconds: number }
const needed = used(store)
unmount()

for (let round = 0; round < Number(flags.rounds); round++) {
  // The disk is too small from the start, or large enough and filled by another program at some moment.
  const isSmall = round % 2 === 0
  const size = isSmall ? Math.ceil(random.uniform() * needed * 1.1) : roomy
  mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs')
  const first = isSmall ? project.events(['a.llmpipe', '--store', 'disk']) : await filledUp()
  look(first)
  // Collecting garbage has to work on a full disk: that is when people need it.
  if (project.llmpipe(['cache', 'gc', '--older', '1d', '--store', 'disk']).code !== 0)
    unclear('gc fails on a full disk')
  rmSync(join(store, 'ballast'), { force: true })
  mount('-o', `remount,size=${roomy}`)
  const again = project.events(['a.llmpipe', '--store', 'disk'])
  if (again.code !== 0) {
    tally.stuck++
    console.error(JSON.stringify(again.events.filter(({ event }) => event === 'failed')))
  }
  compare(again.events, 'all')
  for (const [stage, how] of stagesOf(first.events))
    if (how !== 'failed' && stagesOf(again.events).get(stage) !== 'cached') tally.lost++
  if (project.llmpipe(['cache', 'verify', '--store', 'disk']).code !== 0) tally.wrong++
  unmount()
}
const ranked = rankOnFullDisks(
  {
    folder: store,
    mount: (size) => mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs'),
    grow: () => mount('-o', `remount,size=${roomy}`),
    unmount,
  },
  Number(flags.rounds),
  random,
)
const readOnly = readOnlyStore()
project.remove()
endTrial(
  `disk: ${flags.rounds} full disks, with a store of ${needed >> 10} KiB`,
  began,
  {
    'runs that a full disk ended': tally.failed,
    'runs that finished nevertheless': tally.completed,
    'rankings acknowledged while disks filled up': ranked.confirmed,
    'rankings refused, since the disk was full': ranked.refused,
    'right commands on a read-only store': readOnly.right,
  },
  {
    'failures without a one-line error and exit code 1': tally.unclear,
    'partial or wrong hits, or wrong bytes': tally.wrong,
    'finished stages that ran again': tally.lost,
    'failed runs after room was made': tally.stuck,
    'rankings acknowledged and lost, or never acknowledged': ranked.lost + ranked.invented,
    'commands on a read-only store that failed, or wrote': readOnly.wrong,
  },
)

interface Ran {
  readonly code: number | null
  readonly events: readonly Event[]
  readonly stderr?: string
}

/** A run on a disk that another program fills at a random moment. */
async function filledUp(): Promise<Ran> {
  const child = project.start(['run', 'a.llmpipe', '--json', '--store', 'disk'])
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name]!.on('data', (piece) => (text[name] += piece))
  const over = new Promise<number | null>((done) => child.on('close', done))
  await sleep(random.uniform() * seconds * 1000)
  spawnSync('dd', ['if=/dev/zero', `of=${join(store, 'ballast')}`, 'bs=1M'])
  const status = await over
  return { code: status, events: eventsIn(text.stdout), stderr: text.stderr }
}

/** Whether a run on a full disk ended as it should. */
function look({ code: status, events: said, stderr = '' }: Ran): void {
  const failures = said.filter(({ event }) => event === 'failed').map(({ error }) => (error as { code: string }).code)
  if (status === 0) tally.completed++
  else tally.failed++
  const isClear = status === 0 ? failures.length === 0 : status === 1 && failures.length > 0
  if (!isClear || failures.some((each) => each !== 'disk-full') || /bug|^ {4}at /m.test(stderr))
    unclear(`exit code ${status}, ${failures.join(', ') || 'no failure'} ${stderr}`)
  compare(said, 'those there are')
}

function compare(said: readonly Event[], which: 'all' | 'those there are'): void {
  const digests = digestsOf(said)
  for (const [stage, digest] of expected) {
    const given = digests.get(stage)
    if (given !== digest && (given !== undefined || which === 'all')) tally.wrong++
  }
}

/** Tries commands on a store that has all outputs and is mounted read-only. */
function readOnlyStore(): { right: number; wrong: number } {
  const told = { right: 0, wrong: 0 }
  const full = join(project.folder, 'full')
  project.llmpipe(['run', 'a.llmpipe', '--store', 'full'])
  mount('--bind', full)
  mount('-o', 'remount,bind,ro')
  const before = listing(full)
  const on = ['--store', 'disk']
  const [first] = JSON.parse(project.llmpipe(['log', ...on, '--json']).stdout) as readonly { readonly run: string }[]
  for (const [args, wanted, said] of [
    [['run', 'a.llmpipe', '--plain', ...on], 0, '7 cached'],
    [['run', 'a.llmpipe', '--plain', '-p', 'lr=1e-4', ...on], 1, 'error['],
    [['run', 'a.llmpipe', '--plain', '--force', 'letters', ...on], 1, 'error['],
    [['plan', 'a.llmpipe', ...on], 0, '0 to run'],
    [['why', 'a.llmpipe', 'base', ...on], 0, ''],
    [['show', 'a.llmpipe', 'base', ...on], 0, 'Weights'],
    [['ls', 'a.llmpipe', ...on], 0, 'base'],
    [['log', ...on], 0, ''],
    [['cache', 'size', ...on], 0, ''],
    [['cache', 'verify', ...on], 0, '0 corrupt'],
    [['cache', 'gc', '--older', '0d', '--dry-run', ...on], 0, ''],
    [['cache', 'pin', 'a.llmpipe', 'base', ...on], 1, 'error: '],
    [['log', first!.run, ...on], 0, 'base'],
  ] as const) {
    const { code: status, stdout, stderr } = project.llmpipe(args)
    const isRight = status === wanted && `${stdout}${stderr}`.includes(said) && !/bug|^ {4}at /m.test(stderr + stdout)
    told[isRight ? 'right' : 'wrong']++
    if (!isRight) console.error(`${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`)
  }
  if (listing(full) !== before) told.wrong++
  unmount()
  return told
}

/** Mounts a disk at the folder of the store. */
function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', [...args, store], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}

function unmount(): void {
  const { status, stderr } = spawnSync('umount', [store], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`umount: ${stderr}`)
}

function stagesOf(said: readonly Event[]): ReadonlyMap<string, string> {
  return new Map(
    said.flatMap(({ event, stage }) =>
      event === 'finished' || event === 'cached' || event === 'failed' ? [[stage!, event] as const] : [],
    ),
  )
}

/** Every file with its size and time. */
function listing(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name))
      return `${name} ${size} ${mtimeMs}`
    })
    .join('\n')
}

function used(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    const stat = statSync(join(folder, name))
    // A disk in memory consists of pages.
    return sum + (stat.isFile() ? Math.ceil(stat.size / 4096) * 4096 : 0)
  }, 0)
}
