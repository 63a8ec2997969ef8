/**
 * The right to work on a key. At most one live process holds it, and the claim of a dead process is taken over at once.
 *
 *     work/<key>/attempt-3        the process that holds the claim (written elsewhere and linked here, so it is never half written)
 *     work/<key>/attempt-3.stage  where the stage of that attempt runs, written before the stage gets its job. A job of a cluster owns the
 *                                 claim from then on
 *     work/<key>/attempt-2.over   attempt 2 gave up its claim
 *     work/<key>/checkpoints/     what outlives attempts
 *     work/<key>/out-3/           what attempt 3 writes
 *
 * Attempts are numbered, and `link(2)` creates the file of number n+1 only once: of several processes that find attempt n dead, one wins.
 * The stage of a dead runner may still be writing, so it is killed before its work is taken over.
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobPlace, Where } from '../core/event.ts'
import { isObject } from '../core/values/shape.ts'
import { isWhere, type Liveness, localProcesses, processPlace } from '../process/where.ts'
import { isMissing, keepIfPossible, makeFolder } from './durable.ts'

export interface Claim {
  /** The key of a stage, or another name of something that only one process may do at a time. */
  readonly key: string
  readonly attempt: number
  /** The work folder of the key, which holds the logs and the two folders below. */
  readonly work: string
  /** The folder for checkpoints: it outlives attempts. */
  readonly checkpoints: string
  /** The folder for the outputs of this attempt. */
  readonly folder: string
  /**
   * Records where the stage runs. To be called before the stage gets its job. Returns the place that is recorded: another one if somebody else was
   * faster, which happens if a cluster received a job twice.
   */
  recordStage(where: Where): Where
  /** Whether nobody has taken the claim over: a process that was silent for long may have lost it. */
  isHeld(): boolean
  /** Stops touching the claim: the job that the stage runs in does. */
  handOver(): void
  /** Gives the claim up, and keeps the checkpoints if there are any. Does nothing if the claim is lost, nor does `remove`. */
  release(): void
  /** Gives the claim up and removes the work folder: the work is done. */
  remove(): Promise<void>
}

/** The result of a claim that failed: who holds the key. */
export interface HeldBy {
  /** The job of the stage if it runs in one, else the process that has the claim. */
  readonly heldBy: Where
}

export interface ClaimOptions {
  /** Asked whether holders and their stages are alive. */
  readonly processes?: Liveness
  /** How long the claim of a process that cannot be seen is watched before the process counts as dead, in milliseconds. */
  readonly patience?: number
  /** For how long a claim has to look untouched before it is watched, in milliseconds. */
  readonly silence?: number
  /** Who claims the key; this process if absent. */
  readonly owner?: Where
}

/** How often a process touches its claim, in milliseconds, so that other machines see that it is alive. */
export const beatInterval = 5_000
/**
 * The default of `silence`: a claim that looks untouched for this long, in milliseconds, is watched for `patience` before its holder counts as dead: the clocks of
 * two machines differ, so the times of a file prove nothing by themselves.
 */
const defaultSilence = 60_000
const defaultPatience = 3 * beatInterval

/** Claims a key for this process, or returns who holds it. */
export async function claim(
  root: string,
  key: string,
  {
    processes = localProcesses,
    patience = defaultPatience,
    silence = defaultSilence,
    owner = processPlace(process.pid),
  }: ClaimOptions = {},
): Promise<Claim | HeldBy> {
  const folder = join(root, 'work', key)
  for (;;) {
    makeFolder(root, join(folder, 'checkpoints'))
    const last = lastAttempt(folder)
    const before = attemptText(folder, last)
    // Removed between the two reads.
    if (last > 0 && before === undefined) continue
    if (before !== undefined && !isOver(folder, last)) {
      const holder = holderOf(folder, last, before)
      const file = join(folder, `attempt-${last}`)
      const isAlive = holder && ((await processes.isAlive(holder)) ?? (await isTouched(file, silence, patience)))
      if (holder && isAlive) return { heldBy: holder }
      await stopStage(folder, last, processes)
    }
    if (!take(folder, last + 1, owner)) continue
    // The folder may have been removed and made again since: then the number proves nothing.
    if (attemptText(folder, last) !== before) {
      rmSync(join(folder, `attempt-${last + 1}`), { force: true })
      continue
    }
    for (const name of readdirSync(folder)) {
      if (name.startsWith('out-')) rmSync(join(folder, name), { recursive: true, force: true })
    }
    return holdClaim(root, key, folder, last + 1)
  }
}

export function isHeld(claimed: Claim | HeldBy): claimed is HeldBy {
  return 'heldBy' in claimed
}

/**
 * Holds the claim of an attempt that another process made for the job of this process. `undefined` if the attempt has ended, if another one followed
 * it, if its claim has another text than `text`, or if another job or another start of this one has it.
 */
export function joinClaim(
  root: string,
  { key, attempt, text }: { readonly key: string; readonly attempt: number; readonly text: string },
  job: JobPlace,
): Claim | undefined {
  const folder = join(root, 'work', key)
  if (lastAttempt(folder) !== attempt || attemptText(folder, attempt) !== text || isOver(folder, attempt))
    return undefined
  const claimed = holdClaim(root, key, folder, attempt)
  const recorded = claimed.recordStage(job)
  // Another start of the job, on a node that the cluster lost, may work already.
  if (isSameJob(recorded, job) && recorded.type === 'job' && recorded.restart === job.restart) return claimed
  claimed.handOver()
  return undefined
}

/** The text by which `joinClaim` recognizes the claim of an attempt. */
export function textOfClaim({ work, attempt }: Pick<Claim, 'work' | 'attempt'>): string {
  return attemptText(work, attempt) ?? ''
}

/** Gives up the claim of a job that is known to be dead. Does nothing if the job does not hold the claim. */
export function endClaimOfJob(root: string, key: string, job: JobPlace): void {
  const folder = join(root, 'work', key)
  if (isSameJob(holderOfClaim(root, key), job)) keepIfPossible(() => release(root, key, folder, lastAttempt(folder)))
}

/** The job or the process that holds the claim of a key, alive or not; `undefined` if nobody does. */
export function holderOfClaim(root: string, key: string): Where | undefined {
  const folder = join(root, 'work', key)
  const last = lastAttempt(folder)
  const text = attemptText(folder, last)
  return text === undefined || isOver(folder, last) ? undefined : holderOf(folder, last, text)
}

/** The folder for the checkpoints of a key; it may not exist. */
export function checkpointsOf(root: string, key: string): string {
  return join(root, 'work', key, 'checkpoints')
}

/** Whether a place is that of a job, started again or not. */
export function isSameJob(place: Where | undefined, { id, folder }: JobPlace): boolean {
  return place?.type === 'job' && place.id === id && place.folder === folder
}

/** The job or the process that holds the claim of an attempt. `text` is the text of the claim. */
function holderOf(folder: string, attempt: number, text: string): Where | undefined {
  const stage = stageOf(folder, attempt)
  return stage?.type === 'job' ? stage : placeIn(text)
}

function stageOf(folder: string, attempt: number): Where | undefined {
  return placeIn(ignoringMissing(() => readFileSync(join(folder, `attempt-${attempt}.stage`), 'utf8')))
}

/** Gives a claim up. The work folder stays if it has checkpoints. */
function release(root: string, key: string, folder: string, attempt: number): void {
  const isEmpty = (ignoringMissing(() => readdirSync(join(folder, 'checkpoints'))) ?? []).length === 0
  if (isEmpty) removeWork(root, key, folder, attempt)
  else {
    rmSync(join(folder, `out-${attempt}`), { recursive: true, force: true })
    writeFileSync(join(folder, `attempt-${attempt}.over`), '')
  }
}

function removeWork(root: string, key: string, folder: string, attempt: number): void {
  rmSync(moveToTrash(root, folder, `${key}-${attempt}`), { recursive: true, force: true })
}

function holdClaim(root: string, key: string, folder: string, attempt: number): Claim {
  const text = attemptText(folder, attempt)
  const file = join(folder, `attempt-${attempt}`)
  const beat = setInterval(() => {
    const now = new Date()
    // On a disk that can no longer be written to, the claim ages; but there nobody can take it over either.
    keepIfPossible(() => utimesSync(file, now, now))
  }, beatInterval).unref()
  const out = join(folder, `out-${attempt}`)
  const checkpoints = join(folder, 'checkpoints')
  makeFolder(root, out)
  const isHeld = () =>
    lastAttempt(folder) === attempt && attemptText(folder, attempt) === text && !isOver(folder, attempt)
  return {
    key,
    attempt,
    work: folder,
    checkpoints,
    folder: out,
    recordStage(where) {
      return create(folder, `attempt-${attempt}.stage`, where) ? where : (stageOf(folder, attempt) ?? where)
    },
    isHeld,
    handOver: () => clearInterval(beat),
    release() {
      clearInterval(beat)
      // If nothing can be written, the claim ends with this process.
      if (isHeld()) keepIfPossible(() => release(root, key, folder, attempt))
    },
    async remove() {
      clearInterval(beat)
      // If the folder stays, the next run that finds the key done removes it.
      if (isHeld()) keepIfPossible(() => removeWork(root, key, folder, attempt))
    },
  }
}

/** Moves a work folder to `trash/`, where nobody finds half of it and continues from that. Returns the path to remove. */
function moveToTrash(root: string, folder: string, name: string): string {
  const trash = makeFolder(root, join(root, 'trash'))
  const gone = join(trash, `${name}-${process.pid}-${process.hrtime.bigint()}`)
  ignoringMissing(() => renameSync(folder, gone))
  return gone
}

/** The highest number of an attempt; 0 before the first. */
function lastAttempt(folder: string): number {
  const names = ignoringMissing(() => readdirSync(folder)) ?? []
  return Math.max(0, ...names.map((name) => Number(/^attempt-(\d+)$/.exec(name)?.[1] ?? 0)))
}

function isOver(folder: string, attempt: number): boolean {
  return existsSync(join(folder, `attempt-${attempt}.over`))
}

function attemptText(folder: string, attempt: number): string | undefined {
  return ignoringMissing(() => readFileSync(join(folder, `attempt-${attempt}`), 'utf8'))
}

/** Creates the file of an attempt with its content. False if another process was faster. */
function take(folder: string, attempt: number, owner: Where): boolean {
  return create(folder, `attempt-${attempt}`, owner)
}

/** Creates a file with a place in it. False if it exists, or if the folder is gone. */
function create(folder: string, name: string, place: Where): boolean {
  const mine = join(folder, `claim-${process.pid}-${process.hrtime.bigint()}`)
  try {
    writeFileSync(mine, JSON.stringify(place))
    linkSync(mine, join(folder, name))
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EEXIST' || code === 'ENOENT') return false
    throw error
  } finally {
    rmSync(mine, { force: true })
  }
}

/**
 * Whether a process that cannot be seen touches its claim. Clocks differ and are set, so a claim that looks old is watched: if its time changes
 * meanwhile, its holder is alive. No clock is compared for that.
 */
async function isTouched(file: string, silence: number, patience: number): Promise<boolean> {
  const before = touchedAt(file) ?? 0
  if (Math.abs(Date.now() - before) < silence) return true
  await sleep(patience)
  return (touchedAt(file) ?? before) !== before
}

/**
 * When a file was last touched, in milliseconds by the clock of whoever touched it; `undefined` if it does not exist. The file is opened, because
 * NFS answers `stat` from a cache that may be a minute old, but asks the server about a file that is opened (close-to-open consistency, nfs(5)).
 */
export function touchedAt(path: string): number | undefined {
  return ignoringMissing(() => {
    const file = openSync(path, 'r')
    try {
      return fstatSync(file).mtimeMs
    } finally {
      closeSync(file)
    }
  })
}

/** Kills the stage that a dead runner left behind, and waits until it is gone. */
async function stopStage(folder: string, attempt: number, processes: Liveness): Promise<void> {
  const stage = stageOf(folder, attempt)
  if (stage === undefined) return
  while (await processes.isAlive(stage)) {
    processes.kill(stage)
    await sleep(5)
  }
}

/**
 * The place in the text of an attempt. `undefined` for a text that is cut short: that of a stage if its runner died while it wrote it, so that the
 * stage never got its job; that of a claim after a power cut.
 */
function placeIn(text: string | undefined): Where | undefined {
  try {
    const place: unknown = text === undefined ? undefined : JSON.parse(text)
    // Earlier versions wrote the identity of a process without a type.
    const typed = isObject(place) ? { type: 'process', ...place } : place
    return isWhere(typed) ? typed : undefined
  } catch {
    return undefined
  }
}

function ignoringMissing<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
