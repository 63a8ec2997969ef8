/** The processes that a stage started, directly or indirectly. They are in the process group that the runner made for the stage. */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

interface Listed {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly name: string
}

/** The processes of this stage except itself. If the stage does not lead its group, only its descendants. */
export function startedProcesses(): Listed[] {
  const all = process.platform === 'linux' ? listedInProc() : listedByPs()
  const me = all.find(({ pid }) => pid === process.pid)
  const children = new Set<number>([process.pid])
  // Pids wrap around, so a parent can come after its child: repeat until nothing is added.
  for (let before = 0; before !== children.size; ) {
    before = children.size
    for (const { pid, parent } of all) if (children.has(parent)) children.add(pid)
  }
  const leads = me?.group === process.pid
  return all.filter(({ pid, group }) => pid !== process.pid && (children.has(pid) || (leads && group === process.pid)))
}

/** Sends a signal to each process that still exists. */
export function signalAll(processes: readonly Listed[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal)
    } catch {
      // Gone in the meantime.
    }
  }
}

/** Whether a process ignores SIGINT, like a background job of a script. Known on Linux only. */
export function ignoresInterrupt({ pid }: Pick<Listed, 'pid'>): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
    return (BigInt(`0x${mask}`) & 2n) !== 0n
  } catch {
    return false
  }
}

function listedInProc(): Listed[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // The name of the program stands in parentheses and may hold any character.
      const [from, to] = [stat.indexOf('('), stat.lastIndexOf(')')]
      const [state, parent, group] = stat.slice(to + 2).split(' ')
      if (state === 'Z' || state === 'X') return []
      return [{ pid: Number(name), parent: Number(parent), group: Number(group), name: stat.slice(from + 1, to) }]
    } catch {
      // Gone while the folder was read.
      return []
    }
  })
}

function listedByPs(): Listed[] {
  const { stdout, pid: ps } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,comm='], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, pid, parent, group, state, name = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (pid === undefined || Number(pid) === ps || state?.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), name }]
  })
}
