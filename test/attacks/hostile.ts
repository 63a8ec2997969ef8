/** A project of a stranger, with homes of the user outside of it, and the command as people start it there. */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const entry = resolve('dist/llmpipe.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Hostile {
  readonly folder: string
  /** Where the homes of the user are, outside of it. */
  readonly home: string
  write(name: string, text: string): void
  /** Runs the command to its end, or until it is asked to stop after a while. */
  llmpipe(args: readonly string[], env?: Readonly<Record<string, string | undefined>>): Promise<Ended>
  /** Whether anything of it ran. */
  ran(): boolean
}

/** How long a command may go on before it is asked to stop, in milliseconds, where nothing else is wanted. */
const PATIENCE = 15_000

/** `FILE` in texts stands for the file that is made by whatever runs. */
export function hostileIn(
  here: string,
  home: string,
  files: Readonly<Record<string, string>>,
  patience: number = PATIENCE,
): Hostile {
  const canary = join(home, 'ran')
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(here, name)), { recursive: true })
    writeFileSync(join(here, name), text.replaceAll('FILE', canary))
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return {
    folder: here,
    home,
    write,
    llmpipe: (args, env = {}) =>
      new Promise((done) => {
        const whole = {
          ...process.env,
          NO_COLOR: '1',
          HOME: home,
          XDG_STATE_HOME: undefined,
          XDG_CACHE_HOME: undefined,
          ...env,
        }
        const child = spawn(process.execPath, [entry, ...args], { cwd: here, env: whole })
        const said = { stdout: '', stderr: '' }
        child.stdout.on('data', (piece) => (said.stdout += piece))
        child.stderr.on('data', (piece) => (said.stderr += piece))
        child.stdin.end()
        const timer = setTimeout(() => child.kill('SIGTERM'), patience)
        child.once('close', (code) => {
          clearTimeout(timer)
          done({ code, ...said })
        })
      }),
    ran: () => existsSync(canary),
  }
}
