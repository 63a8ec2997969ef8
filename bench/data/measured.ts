/** Runs a program and measures its time, and the memory of it and its children. */

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface Measured {
  readonly seconds: number
  /** The most resident memory of all its processes at one time, in MB, as looked at ten times a second; `undefined` where there is no /proc. */
  readonly peak: number | undefined
  readonly stdout: string
}

/** Throws an Error with all that the program printed if it fails. */
export async function measured([file = '', ...args]: readonly string[]): Promise<Measured> {
  const start = performance.now()
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr]: [string[], string[]] = [[], []]
  child.stdout.setEncoding('utf8').on('data', (text: string) => void stdout.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void stderr.push(text))
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, residentOf(child.pid!))
  }, 100)
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  clearInterval(timer)
  if (code !== 0)
    throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${stderr.join('')}${stdout.join('').slice(-4000)}`)
  return {
    seconds: (performance.now() - start) / 1000,
    peak: peak === 0 ? undefined : peak / 1e6,
    stdout: stdout.join(''),
  }
}

/** The resident memory of a process and its descendants, in bytes; 0 if it cannot be read. */
function residentOf(root: number): number {
  const children = new Map<number, number[]>()
  const resident = new Map<number, number>()
  for (const name of names()) {
    const pid = Number(name)
    try {
      // The name of the program, in parentheses, may contain blanks.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      const parent = Number(fields[1])
      children.set(parent, [...(children.get(parent) ?? []), pid])
      resident.set(pid, Number(fields[21]) * 4096)
    } catch {
      // It has ended.
    }
  }
  let sum = 0
  for (const queue = [root]; queue.length > 0; ) {
    const pid = queue.pop()!
    sum += resident.get(pid) ?? 0
    queue.push(...(children.get(pid) ?? []))
  }
  return sum
}

function names(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}
