/** A run on a cluster while faults happen, repeated until it has finished, and what was wrong with it. */

import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/core/values/random.ts'
import { digestsOf, type Event } from '../cli/rig.ts'
import { contentsOf } from '../folder-contents.ts'
import { type Cluster, until } from './cluster.ts'
import { evidenceOf } from './evidence.ts'
import { clusterFaults, type FaultName, resumeDrained, runningJobs, type WrapperName, wrapped } from './faults.ts'
import { type ClusterProject, type Ended, type ProjectPlace, projectOn, type Running } from './rig.ts'
import { simultaneous, witnessedPipeline } from './witness.ts'

/** Faults of the runner itself, beside the faults of the cluster. */
export const runnerFaults = ['runnerKilled', 'runnerInterrupted', 'secondRunner'] as const
export type Disturbance = FaultName | (typeof runnerFaults)[number]

export interface Expected {
  readonly digests: ReadonlyMap<string, string>
  readonly exported: string
}

export interface DisturbedOptions {
  readonly cluster: Cluster
  readonly expected: Expected
  readonly random: Random
  /** The faults, one after the other. */
  readonly disturbances: readonly Disturbance[]
  /** Something that is wrong all the time. */
  readonly wrapper?: WrapperName
  /** The conditions of the project; `usual` unless given. */
  readonly condition?: ConditionName
  /** The longest pause between the start of a job and a disturbance, in milliseconds; 3000 unless given. */
  readonly pause?: number
}

interface Condition {
  /** The site file. */
  readonly site: object
  /** Arguments of `witnessedPipeline`. */
  readonly steps?: number
  readonly paragraphs?: number
  readonly env?: NodeJS.ProcessEnv
}

const conditions = {
  usual: { site: {} },
  /** Jobs have a time limit of a minute. Slurm looks at limits every 30 s, and warns up to a minute early, so most jobs that take 10 s or more are warned within 30 s. */
  timeLimit: { site: { slurm: { time: '1m', grace: '50s' } }, steps: 60 },
  /** The parts of a corpus of 3 MiB are made by arrays. */
  parts: {
    site: { slurm: { arrays: { bytes: '1MiB', tasks: 6 } } },
    paragraphs: 40_000,
    env: { LLMPIPE_PART_BYTES: `${256 * 1024}` },
  },
} satisfies Readonly<Record<string, Condition>>

export type ConditionName = keyof typeof conditions

export interface Disturbed {
  /** The events of the trial with their seconds since its start, for people. */
  readonly history: readonly string[]
  /** The state of everything when a run did not end, for people; empty otherwise. */
  readonly evidence: readonly string[]
  /** The violations; empty if all is well. */
  readonly wrong: readonly string[]
}

const missed = 'nothing to hit for'
/** The disturbances in a history that had nothing to hit. */
export const missesIn = (history: readonly string[]) => history.filter((line) => line.includes(missed))
/** The codes of stages that fail because the disk is full: the stage says so, or it died while it could not say anything. */
const diskFailures = ['disk-full', 'crashed', 'killed', 'stage-threw', 'input-output', 'no-progress']
/** How long no stage of a run may end, in milliseconds, before the run counts as one that never ends. */
const patience = 240_000
/** How often a run may fail because a job was canceled. */
const mostRuns = 12

/** The project of the tests with faults. */
export async function witnessedProject(
  place: ProjectPlace,
  name: ConditionName = 'usual',
  steps?: number,
): Promise<ClusterProject & { log: string }> {
  const project = projectOn(place)
  const log = join(project.folder, 'witness.log')
  const { site, paragraphs, ...condition }: Condition = conditions[name]
  const files = {
    ...witnessedPipeline(log, steps ?? condition.steps, paragraphs),
    'llmpipe.site.json': JSON.stringify(site),
  }
  for (const [name, text] of Object.entries(files)) project.write(name, text)
  const trusted = await project.llmpipe(['trust', 'a.llmpipe', '--yes'], stateOf(project))
  if (trusted.code !== 0) throw new Error(`the project is not trusted: ${trusted.stderr}`)
  return { ...project, log }
}

/** A home for the list of trusted code, in the project. */
export const stateOf = ({ folder }: { readonly folder: string }) => ({ XDG_STATE_HOME: join(folder, 'state') })

/** The outputs of a run on this machine. The witnesses do not pause, which does not change what they make. */
export async function localRun(place: ProjectPlace, condition: ConditionName = 'usual'): Promise<Expected> {
  const project = await witnessedProject(place, condition, 1)
  const { env }: Condition = conditions[condition]
  const ended = await project.llmpipe(['run', 'a.llmpipe', '--json'], { ...stateOf(project), ...env })
  if (ended.code !== 0) throw new Error(`the local run ended with ${ended.code}: ${ended.stdout}${ended.stderr}`)
  return { digests: digestsOf(ended.events), exported: contentsOf(join(project.folder, 'out')) }
}

export async function disturbedRun(options: DisturbedOptions): Promise<Disturbed> {
  const started: Running[] = []
  const care = setInterval(() => void resumeDrained(options.cluster), 10_000)
  try {
    return await disturb(options, started)
  } finally {
    clearInterval(care)
    for (const run of started) run.kill('SIGKILL')
  }
}

async function disturb(options: DisturbedOptions, started: Running[]): Promise<Disturbed> {
  const { cluster, random, disturbances, wrapper, condition = 'usual', pause = 3_000 } = options
  const project = await witnessedProject(cluster, condition)
  const ofCondition: Condition = conditions[condition]
  const env = {
    ...stateOf(project),
    ...ofCondition.env,
    ...(wrapper === undefined ? {} : wrapped(wrapper, project.folder)),
  }
  const history: string[] = []
  const wrong: string[] = []
  const evidence: string[] = []
  const began = performance.now()
  const note = (what: string) => history.push(`${((performance.now() - began) / 1_000).toFixed(0)} s: ${what}`)
  const ends: Past[] = []
  const allowed = new Set<string>()
  // A store on the small disk, if the disk gets full.
  const ownStore = disturbances.includes('diskFull') ? mkdtempSync(join(cluster.smallDisk, 'store-')) : undefined
  const place = ownStore === undefined ? [] : ['--store', ownStore]
  const start = () => {
    const began = Date.now()
    const run = project.start(['run', 'a.llmpipe', '--json', '--executor', 'slurm', ...place], env)
    started.push(run)
    void run.ended.then((ended) => {
      ends.push({ ...ended, began })
      note(`a run ended with ${ended.signal ?? ended.code}`)
    })
    return run
  }
  let run = start()
  const others: Running[] = []
  try {
    for (const disturbance of disturbances) await disturbOnce(disturbance)
  } catch (error) {
    await neverEnds(run, `the trial cannot go on: ${(error as Error).message}`)
    return { history, evidence, wrong }
  }
  for (let runs = 0; ; runs++) {
    const ended = await orNever(run)
    if (ended?.code === 0) break
    if (ended === undefined || runs === mostRuns) {
      await neverEnds(run, ended === undefined ? 'a run does not end' : `${runs} runs in a row did not finish`)
      break
    }
    run = start()
  }
  for (const other of others)
    if ((await orNever(other)) === undefined) await neverEnds(other, 'the second run does not end')
  wrong.push(
    ...faultsIn(ends, allowed),
    ...simultaneous(project.log).map((name) => `${name} ran twice at the same time`),
  )
  wrong.push(...wrongOutputs(options.expected, project, ends))
  return { history, evidence, wrong }

  /** Notes that a run does not end, gathers all that may explain it, and ends the run. */
  async function neverEnds(which: Running, what: string): Promise<void> {
    wrong.push(what)
    evidence.push(...(await evidenceOf(cluster, ownStore ?? join(project.folder, '.llmpipe'))))
    const witnesses = existsSync(project.log) ? readFileSync(project.log, 'utf8').trimEnd().split('\n') : []
    evidence.push('--- witnesses', ...witnesses.slice(-10))
    which.kill('SIGKILL')
    evidence.push(`--- the last words of the runner ${which.pid}`, lastWords(await which.ended))
  }

  /** Makes a disturbance happen while a job runs, if one runs before the run ends. */
  async function disturbOnce(disturbance: Disturbance): Promise<void> {
    if (await isOver(run)) run = start()
    const current = run
    const busy = async () => (await runningJobs(cluster)).length > 0 || (await isOver(current))
    await until('a job runs', busy)
    await sleep(random.below(pause))
    let what: string | undefined
    // A job may end between the look at the queue and the fault.
    for (let tries = 0; tries < 5 && what === undefined && !(await isOver(current)); tries++) {
      await until('a job runs', busy)
      what = await happen(disturbance)
    }
    note(what ?? `${missed} ${disturbance}`)
  }

  async function happen(name: Disturbance): Promise<string | undefined> {
    switch (name) {
      case 'runnerKilled':
        run.kill('SIGKILL')
        await run.ended
        run = start()
        return 'the runner was killed and started again'
      case 'runnerInterrupted':
        run.kill('SIGINT')
        await run.ended
        run = start()
        return 'the runner was interrupted and started again'
      case 'secondRunner':
        others.push(start())
        return 'a second runner was started'
      default:
        // With a short MinJobAge, the queue forgets a canceled job before anybody asks: then it counts as killed.
        if (name === 'scancel' || name === 'taskCanceled') for (const code of ['canceled', 'killed']) allowed.add(code)
        if (name === 'diskFull') for (const code of diskFailures) allowed.add(code)
        return clusterFaults[name](cluster, random)
    }
  }
}

/** A run that has ended. */
interface Past extends Ended {
  /** When it was started, in milliseconds since the epoch. */
  readonly began: number
}

async function isOver(run: Running): Promise<boolean> {
  return (await Promise.race([run.ended, sleep(0)])) !== undefined
}

/** How a run ended; `undefined` if no stage of it has ended for long. */
async function orNever(run: Running): Promise<Ended | undefined> {
  const hasEnded = (event: Event) => stageEnds.has(event.event)
  for (let seen = 0, since = performance.now(); performance.now() - since < patience; ) {
    const ended = await Promise.race([run.ended, sleep(5_000)])
    if (ended !== undefined) return ended
    const ends = run.events().filter(hasEnded).length
    if (ends > seen) since = performance.now()
    seen = ends
  }
  return undefined
}

/** The events of stages that have ended well. */
const stageEnds: ReadonlySet<string> = new Set(['finished', 'exported', 'cached'])

/** The violations in the events of all runs of a project. Two runs at the same time may both report the end of a job that they follow. */
function faultsIn(runs: readonly Past[], allowed: ReadonlySet<string>): string[] {
  const wrong: string[] = []
  const finished = runs.flatMap(({ events, began }) =>
    ofKind(events, 'finished')
      .filter(({ unchanged }) => !unchanged)
      .map(({ stage = '', time }) => ({ stage, time: Number(time), began })),
  )
  for (const { stage, began } of finished) {
    if (finished.some((other) => other.stage === stage && other.time < began))
      wrong.push(`${stage} was finished, and ran again`)
  }
  for (const { events, code, stderr } of runs) {
    for (const { stage, error } of ofKind(events, 'failed'))
      if (!allowed.has(codeOf(error))) wrong.push(`${stage} failed: ${JSON.stringify(error)}`)
    if (code !== null && ![0, 1, 130].includes(code)) wrong.push(`a run ended with ${code}: ${stderr}`)
  }
  return wrong
}

const codeOf = (error: unknown) => (error as { readonly code: string }).code

function wrongOutputs(expected: Expected, project: ClusterProject, ends: readonly Ended[]): string[] {
  const wrong = ends.flatMap(({ events }) =>
    [...digestsOf(events)].flatMap(([stage, digest]) =>
      expected.digests.get(stage) === digest ? [] : [`${stage} has other bytes than in a local run`],
    ),
  )
  if (ends.at(-1)?.code !== 0) return wrong
  const out = join(project.folder, 'out')
  if (!existsSync(out) || contentsOf(out) !== expected.exported)
    wrong.push('the exports differ from those of a local run')
  return wrong
}

/** The last event of each stage that did not end, the very last events, and the end of stderr. */
function lastWords({ events, stderr }: Ended): string {
  const last = new Map(events.map((event) => [event.stage ?? '', event]))
  const open = [...last.values()].filter(({ event }) => !stageEnds.has(event))
  return [...open, ...events.slice(-20)]
    .map((event) => JSON.stringify(event).slice(0, 400))
    .concat(stderr.slice(-2_000))
    .join('\n')
}

/** The events of a kind. */
function ofKind(events: readonly Event[], kind: string): readonly Event[] {
  return events.filter(({ event }) => event === kind)
}
