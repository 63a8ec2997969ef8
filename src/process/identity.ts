/** Processes of this machine. Numbers are used again, and soon: for good, a process is its number, its start and its machine. */

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessIdentity } from '../core/event.ts'

/** The identity of a live process of this machine. */
export function identity(pid: number): ProcessIdentity {
  return { pid, start: startOf(pid) ?? '', machine: machine() }
}

/** Whether a process of this machine lives; nothing for one of another machine (or container), which cannot be seen. */
export function isAlive(owner: ProcessIdentity): boolean | undefined {
  return owner.machine === machine() ? startOf(owner.pid) === owner.start : undefined
}

let thisMachine: string | undefined

/** The machine as processes see it: its boot and its space of process numbers. */
function machine(): string {
  thisMachine ??= [hostname(), ...(process.platform === 'linux' ? linuxMachine() : [])].join(' ')
  return thisMachine
}

function linuxMachine(): string[] {
  return [readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), readlinkSync('/proc/self/ns/pid')]
}

/** Undefined for a process that is not there, or is dead and not yet waited for. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startByPs(pid)
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program stands in parentheses and may hold any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function startByPs(pid: number): string | undefined {
  try {
    // Loaded only here: every run asks who it is, and most systems have no need of it.
    const { execFileSync } = process.getBuiltinModule('node:child_process')
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/** Whether there is a process of that number. One that took the number of a dead one is not told from it. */
export function isRunning(pid: number): boolean {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
