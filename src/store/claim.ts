/**
 * The right to work on a key. At most one live process holds it, and the claim of a dead process is taken over at once.
 *
 *     work/<key>/attempt-3        the process that holds the claim (written elsewhere and linked here, so it is never half written)
 *     work/<key>/attempt-3.stage  where the stage of that attempt runs, written before the stage gets its job
 *     work/<key>/attempt-2.over   attempt 2 gave up its claim
 *     work/<key>/checkpoints/     what outlives attempts
 *     work/<key>/out-3/           what attempt 3 writes
 *
 * Attempts are numbered, and `link(2)` creates the file of number n+1 only once: of several processes that find attempt n dead, one wins.
 * The stage of a dead runner may still be writing, so it is killed before its work is taken over.
 */

import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Where } from '../core/event.ts'
import { isObject } from '../core/values/shape.ts'
import { isWhere, type Liveness, localProcesses, processPlace } from '../process/where.ts'
import { isMissing, keepIfPossible, makeFolder, statOf } from './durable.ts'

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
  /** Records where the stage runs. To be called before the stage gets its job. */
  recordStage(where: Where): void
  /** Gives the claim up, and keeps the checkpoints if there are any. */
  release(): void
  /** Gives the claim up and removes the work folder: the work is done. */
  remove(): Promise<void>
}

/** The result of a claim that failed: who holds the key. */
export interface HeldBy {
  readonly heldBy: Where
}

export interface ClaimOptions {
  /** Asked whether holders and their stages are alive. */
  readonly processes?: Liveness
  /** How long the claim of a process that cannot be seen is watched before the process counts as dead, in milliseconds. */
  readonly patience?: number
}

/** How often a process touches its claim, in milliseconds, so that other machines see that it is alive. */
const beatInterval = 5_000
/**
 * A claim that looks untouched for this long, in milliseconds, is watched for `defaultPatience` before its holder counts as dead: the clocks of
 * two machines differ, so the times of a file prove nothing by themselves.
 */
const silence = 60_000
const defaultPatience = 3 * beatInterval

/** Claims a key for this process, or returns who holds it. */
export async function claim(
  root: string,
  key: string,
  { processes = localProcesses, patience = defaultPatience }: ClaimOptions = {},
): Promise<Claim | HeldBy> {
  const folder = join(root, 'work', key)
  for (;;) {
    makeFolder(root, join(folder, 'checkpoints'))
    const last = lastAttempt(folder)
    const before = attemptText(folder, last)
    // Removed between the two reads.
    if (last > 0 && before === undefined) continue
    if (before !== undefined && !isOver(folder, last)) {
      const owner = placeIn(before)
      const file = join(folder, `attempt-${last}`)
      if (owner && ((await processes.isAlive(owner)) ?? (await isTouched(file, patience)))) return { heldBy: owner }
      await stopStage(folder, last, processes)
    }
    if (!take(folder, last + 1)) continue
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

function holdClaim(root: string, key: string, folder: string, attempt: number): Claim {
  const file = join(folder, `attempt-${attempt}`)
  const beat = setInterval(() => {
    const now = new Date()
    // On a disk that can no longer be written to, the claim ages; but there nobody can take it over either.
    keepIfPossible(() => utimesSync(file, now, now))
  }, beatInterval).unref()
  const out = join(folder, `out-${attempt}`)
  const checkpoints = join(folder, 'checkpoints')
  makeFolder(root, out)
  const removeFolder = () => rmSync(moveToTrash(root, folder, `${key}-${attempt}`), { recursive: true, force: true })
  return {
    key,
    attempt,
    work: folder,
    checkpoints,
    folder: out,
    recordStage(where) {
      writeFileSync(`${file}.stage`, JSON.stringify(where))
    },
    release() {
      clearInterval(beat)
      // If nothing can be written, the claim ends with this process.
      keepIfPossible(() => {
        const isEmpty = (ignoringMissing(() => readdirSync(checkpoints)) ?? []).length === 0
        if (isEmpty) removeFolder()
        else {
          rmSync(out, { recursive: true, force: true })
          writeFileSync(`${file}.over`, '')
        }
      })
    },
    async remove() {
      clearInterval(beat)
      // If the folder stays, the next run that finds the key done removes it.
      keepIfPossible(removeFolder)
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
function take(folder: string, attempt: number): boolean {
  const mine = join(folder, `claim-${process.pid}-${attempt}-${process.hrtime.bigint()}`)
  try {
    writeFileSync(mine, JSON.stringify(processPlace(process.pid)))
    linkSync(mine, join(folder, `attempt-${attempt}`))
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
async function isTouched(file: string, patience: number): Promise<boolean> {
  const before = statOf(file)?.mtimeMs ?? 0
  if (Math.abs(Date.now() - before) < silence) return true
  await sleep(patience)
  return (statOf(file)?.mtimeMs ?? before) !== before
}

/** Kills the stage that a dead runner left behind, and waits until it is gone. */
async function stopStage(folder: string, attempt: number, processes: Liveness): Promise<void> {
  const file = join(folder, `attempt-${attempt}.stage`)
  const stage = placeIn(ignoringMissing(() => readFileSync(file, 'utf8')))
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
