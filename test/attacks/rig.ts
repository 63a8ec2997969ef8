/** Projects that want to run what nobody trusted, and what shows whether anything of them ran. */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll } from 'vitest'

export const entry = resolve('dist/llmpipe.js')

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'llmpipe-attack-'))
  folders.push(made)
  return made
}

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

/** How long a command may go on before it is asked to stop, in milliseconds. */
const PATIENCE = 15_000

/** `FILE` in texts stands for the file that is made by whatever runs. */
export function hostile(files: Readonly<Record<string, string>>): Hostile {
  const [here, home] = [folder(), folder()]
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
        const timer = setTimeout(() => child.kill('SIGTERM'), PATIENCE)
        child.once('close', (code) => {
          clearTimeout(timer)
          done({ code, ...said })
        })
      }),
    ran: () => existsSync(canary),
  }
}

/** A program with a command that leaves a trace. */
export const commands: Readonly<Record<string, string>> = {
  'a.llmpipe': 'data all = shell(command: "touch FILE; echo > $OUT/x", makes: files)\nexport all to "out"\n',
}

/** A program with a stage in TypeScript that leaves a trace when it is loaded, or when a file it imports is. */
export const code: Readonly<Record<string, string>> = {
  'a.llmpipe': 'use "./own.ts" { own }\ndata all = own()\nexport all to "out"\n',
  'own.ts': `import './helper.ts'
import { defineStage } from 'llmpipe'
export const own = defineStage({ summary: 'x', output: 'Files', run() {} })
`,
  'helper.ts': "import { writeFileSync } from 'node:fs'\nwriteFileSync('FILE', '')\n",
}
