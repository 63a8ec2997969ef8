/** What benchmarks of the whole command share. */

import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

export const entry = resolve('dist/llmpipe.js')

/** Runs the command in a folder; its output, where it ends well. */
export function llmpipe(args: readonly string[], cwd: string): string {
  return succeed([process.execPath, entry, ...args], cwd)
}

/** Runs a program in a folder; its output, where it ends well. */
export function succeed([file = '', ...args]: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', maxBuffer: 1024 ** 3 })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${error ?? stderr}${stdout}`)
  return stdout
}

/** Milliseconds that something takes. */
export function timed(act: () => void): number {
  const begin = performance.now()
  act()
  return performance.now() - begin
}

export function bareNode(): number {
  return timed(() => succeed([process.execPath, '-e', ''], '.'))
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
