/** Processes of this machine. Pids are reused, so a process is identified by its pid, its start time and its machine. */

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessIdentity } from '../core/event.ts'

/** The identity of a live process of this machine. */
export function identity(pid: number): ProcessIdentity {
  const start = pid === process.pid ? startOfThis() : startOf(pid)
  return { pid, start: start ?? '', machine: machine() }
}

let ownStart: string | undefined

/** The start time of this process, which is asked about for each claim that it makes. */
function startOfThis(): string | undefined {
  ownStart ??= startOf(process.pid)
  return ownStart
}

/** Whether a process is alive; `undefined` for a process of another machine or container, which cannot be seen from here. */
export function isAlive(owner: ProcessIdentity): boolean | undefined {
  return owner.machine === machine() ? startOf(owner.pid) === owner.start : undefined
}

let thisMachine: string | undefined

/** The host, its boot and its pid namespace: two processes of the same machine can see each other. */
function machine(): string {
  thisMachine ??= [hostname(), ...(process.platform === 'linux' ? linuxMachine() : [])].join(' ')
  return thisMachine
}

function linuxMachine(): string[] {
  return [readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), readlinkSync('/proc/self/ns/pid')]
}

/** The start time of a process; `undefined` if there is no such process, or only a zombie. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startByPs(pid)
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the name of the program, is in parentheses and may hold any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function startByPs(pid: number): string | undefined {
  try {
    // Loaded only here: most systems do not need it.
    const { execFileSync } = process.getBuiltinModule('node:child_process')
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/** Whether a process with this pid exists. It may be another process than the one that had the pid before. */
export function isRunning(pid: number): boolean {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
