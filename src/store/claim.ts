/**
 * The right to work on a key: at most one live process has it, and a dead one's is taken over at once.
 *
 *     work/<key>/attempt-3        who is at work: process, when it started, machine (made whole, by link)
 *     work/<key>/attempt-3.stage  the stage's process, known before it is told what to do
 *     work/<key>/attempt-2.over   that attempt gave up its claim
 *     work/<key>/checkpoints/     what outlives attempts
 *     work/<key>/out-3/           what this attempt writes
 *
 * Attempts are numbered, and number n+1 can be made once: of several processes that find n dead, one wins. The stage of a
 * runner that died may still be writing, so it is killed before its work is taken over.
 */

import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessIdentity } from '../core/event.ts'
import { isCount, isText, shape } from '../core/shape.ts'
import { identity, isAlive } from '../process/identity.ts'
import { isMissing, keepIfPossible, makeFolder, statOf } from './durable.ts'

export interface Claim {
  /** The key of a stage, or another name of what only one process may do at a time. */
  readonly key: string
  readonly attempt: number
  /** The folder of the key: logs, and what follows. */
  readonly work: string
  /** For checkpoints: outlives attempts. */
  readonly checkpoints: string
  /** For this attempt alone: outputs. */
  readonly folder: string
  /** Says which process does the work; before that process is told its job. */
  stage(pid: number): void
  /** Gives it up, keeping what checkpoints there are. */
  release(): void
  /** Gives it up and throws the work folder away: the work is done. */
  remove(): Promise<void>
}

/** Who holds a key that could not be claimed. */
export interface Held {
  readonly heldBy: ProcessIdentity
}

/** A process on another machine says it lives by touching its claim this often. */
const BEAT = 5_000
/** One that has not touched it for so long, as it seems, is watched for so long before it is taken for dead. */
const SILENCE = 60_000
const PATIENCE = 3 * BEAT

/** Claims a key, or says who has it. `patience`: how long a process that seems dead is watched. */
export async function claim(root: string, key: string, patience = PATIENCE): Promise<Claim | Held> {
  const folder = join(root, 'work', key)
  for (;;) {
    makeFolder(root, join(folder, 'checkpoints'))
    const last = lastAttempt(folder)
    const before = attemptText(folder, last)
    // Gone between the two looks.
    if (last > 0 && before === undefined) continue
    if (before !== undefined && !isOver(folder, last)) {
      const owner = parsed(before)
      if (owner && (isAlive(owner) ?? (await isTouched(join(folder, `attempt-${last}`), patience))))
        return { heldBy: owner }
      await stopStage(folder, last)
    }
    if (!take(folder, last + 1)) continue
    // The folder may have been thrown away and made anew since: then the number says nothing.
    if (attemptText(folder, last) !== before) {
      rmSync(join(folder, `attempt-${last + 1}`), { force: true })
      continue
    }
    for (const name of readdirSync(folder)) {
      if (name.startsWith('out-')) rmSync(join(folder, name), { recursive: true, force: true })
    }
    return held(root, key, folder, last + 1)
  }
}

export function isHeld(claimed: Claim | Held): claimed is Held {
  return 'heldBy' in claimed
}

function held(root: string, key: string, folder: string, attempt: number): Claim {
  const file = join(folder, `attempt-${attempt}`)
  const beat = setInterval(() => {
    const now = new Date()
    // On a disk that can no longer be written to, the claim ages; there nobody else can take it over either.
    keepIfPossible(() => utimesSync(file, now, now))
  }, BEAT).unref()
  const out = join(folder, `out-${attempt}`)
  const checkpoints = join(folder, 'checkpoints')
  makeFolder(root, out)
  return {
    key,
    attempt,
    work: folder,
    checkpoints,
    folder: out,
    stage(pid) {
      const { start, machine } = identity(pid)
      writeFileSync(`${file}.stage`, JSON.stringify({ pid, start, machine }))
    },
    release() {
      clearInterval(beat)
      // Where that cannot be written, the claim ends with this process.
      keepIfPossible(() => {
        // Nothing to go on from: then there is nothing to keep.
        if ((ignoringMissing(() => readdirSync(checkpoints)) ?? []).length === 0) {
          rmSync(throwAway(root, folder, `${key}-${attempt}`), { recursive: true, force: true })
          return
        }
        rmSync(out, { recursive: true, force: true })
        writeFileSync(`${file}.over`, '')
      })
    },
    async remove() {
      clearInterval(beat)
      // What stays is thrown away by the next run that finds the key done.
      keepIfPossible(() => rmSync(throwAway(root, folder, `${key}-${attempt}`), { recursive: true, force: true }))
    },
  }
}

/** Renames a folder to where nobody finds half of it and takes it for work to go on with. Gives the path to remove. */
function throwAway(root: string, folder: string, name: string): string {
  const trash = makeFolder(root, join(root, 'trash'))
  const gone = join(trash, `${name}-${process.pid}-${process.hrtime.bigint()}`)
  ignoringMissing(() => renameSync(folder, gone))
  return gone
}

/** The highest number; 0 before the first. */
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

/** Makes the file of attempt n with its content, if nobody else did. */
function take(folder: string, attempt: number): boolean {
  const mine = join(folder, `claim-${process.pid}-${attempt}-${process.hrtime.bigint()}`)
  try {
    writeFileSync(mine, JSON.stringify(identity(process.pid)))
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
 * Whether a process of another machine touches its claim. Clocks differ and are set, so one that seems to have been silent for
 * long is looked at again before it is believed: no clock is asked whether it has been touched since.
 */
async function isTouched(file: string, patience: number): Promise<boolean> {
  const before = statOf(file)?.mtimeMs ?? 0
  if (Math.abs(Date.now() - before) < SILENCE) return true
  await sleep(patience)
  return (statOf(file)?.mtimeMs ?? before) !== before
}

/** Kills the stage that a dead runner of this machine left behind, and waits until it is gone. */
async function stopStage(folder: string, attempt: number): Promise<void> {
  const file = join(folder, `attempt-${attempt}.stage`)
  const stage = parsed(ignoringMissing(() => readFileSync(file, 'utf8')))
  // No stage has the first process of a machine.
  if (stage === undefined || stage.pid === 1) return
  while (isAlive(stage)) {
    for (const target of [-stage.pid, stage.pid]) {
      try {
        process.kill(target, 'SIGKILL')
      } catch {
        // No such group or process any more.
      }
    }
    await sleep(5)
  }
}

/** A number below 1 would stand for many processes. */
const isIdentity = shape<ProcessIdentity>({
  pid: (value): value is number => isCount(value) && value > 0,
  start: isText,
  machine: isText,
})

/** Undefined for a text cut short: a stage's when its runner died, so that it was never told its job; a claim's by a power cut. */
function parsed(text: string | undefined): ProcessIdentity | undefined {
  try {
    const identity: unknown = text === undefined ? undefined : JSON.parse(text)
    return isIdentity(identity) ? identity : undefined
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
