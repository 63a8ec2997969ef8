/** Runs another program to its end and keeps its output, within a time. */

import { spawn } from 'node:child_process'

/** The most characters of output that are kept. A program that prints more is stopped. */
const mostOutput = 1024 ** 2

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
  readonly signal: string | null
  /** Whether it was stopped because its time was over. */
  readonly isLate: boolean
}

/** Runs a program to its end, or stops it with everything that it started. */
export function runToEnd(
  path: string,
  args: readonly string[],
  { env, timeout }: { readonly env: NodeJS.ProcessEnv; readonly timeout: number },
): Promise<Ended | { readonly cannotStart: string }> {
  return new Promise((resolve) => {
    const isPosix = process.platform !== 'win32'
    const child = spawn(path, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: isPosix, windowsHide: true })
    const kept = { stdout: '', stderr: '' }
    let isLate = false
    const stop = () => {
      try {
        // A process that it started would keep the output open.
        if (isPosix && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It has ended.
      }
      child.stdout.destroy()
      child.stderr.destroy()
    }
    const timer = setTimeout(() => {
      isLate = true
      stop()
    }, timeout)
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (piece: string) => {
        if (kept[name].length < mostOutput) kept[name] += piece
        else stop()
      })
    child.once('error', (error) => {
      clearTimeout(timer)
      resolve({ cannotStart: error.message })
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ ...kept, code, signal, isLate })
    })
  })
}
