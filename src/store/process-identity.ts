/** Which process that is, for good: numbers are used again, so a process is its number, its start and its machine. */

import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface ProcessIdentity {
  readonly pid: number
  /** When it started, as the system says it; empty where it does not. */
  readonly start: string
  readonly machine: string
}

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
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}
