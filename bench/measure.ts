/** Tools that benchmarks share: the command, times, medians, and the name of the machine. */

import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { resolve } from 'node:path'

/** The built command. */
export const entry = resolve('dist/llmpipe.js')

/** The output of `llmpipe` with `args` in the folder `cwd`. Throws if it fails. */
export function llmpipe(args: readonly string[], cwd: string): string {
  return succeed([process.execPath, entry, ...args], cwd)
}

/** The output of a program in the folder `cwd`. Throws if it fails. */
export function succeed([file = '', ...args]: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', maxBuffer: 1024 ** 3 })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${error ?? stderr}${stdout}`)
  return stdout
}

/** The time that `act` takes, in milliseconds. */
export function timed(act: () => void): number {
  const begin = performance.now()
  act()
  return performance.now() - begin
}

/** The time of `node -e ''`, in milliseconds: the least that any command in Node takes. */
export function bareNode(): number {
  return timed(() => succeed([process.execPath, '-e', ''], '.'))
}

/** The upper median of a list that is not empty. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}

/** `AMD EPYC 7763, 2 cores, Node v20.19.0`: the head of every table. */
export function machine(): string {
  return `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`
}
