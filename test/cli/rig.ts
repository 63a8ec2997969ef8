/** The real command, as people start it: the bundle, in a process of its own, in a folder that is thrown away. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** The bundle that the tests start. */
export const entry = resolve('dist/llmpipe.js')

export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Project {
  readonly folder: string
  /** The same in a folder of it. */
  in(folder: string): Project
  /** Writes a file, and its folders. */
  write(name: string, text: string): void
  llmpipe(args: readonly string[], input?: string): Said
  /** The events of `run --json`. */
  events(args: readonly string[]): { readonly code: number | null; readonly events: readonly Event[] }
  /** Starts it without waiting. */
  start(args: readonly string[]): ChildProcess
  remove(): void
}

export type Event = { readonly event: string; readonly stage?: string; readonly [field: string]: unknown }

export function makeProject(
  files: Readonly<Record<string, string>> = {},
  folder: string = mkdtempSync(join(tmpdir(), 'llmpipe-cli-')),
): Project {
  const project = projectIn(folder)
  for (const [name, text] of Object.entries(files)) project.write(name, text)
  return project
}

function projectIn(folder: string): Project {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '100' }
  const project: Project = {
    folder,
    in: (inner) => projectIn(join(folder, inner)),
    write(name, text) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    },
    llmpipe(args, input = '') {
      const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
        cwd: folder,
        env,
        input,
        encoding: 'utf8',
        // One that hangs fails its test, and no more.
        timeout: 120_000,
        killSignal: 'SIGKILL',
      })
      return { code: status, stdout, stderr }
    },
    events(args) {
      const { code, stdout } = project.llmpipe(['run', ...args, '--json'])
      return { code, events: eventsIn(stdout) }
    },
    start: (args) => spawn(process.execPath, [entry, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
  return project
}

export function eventsIn(stdout: string): Event[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}

/** `{ base: 'cached', … }`: how each stage ended. */
export function outcomes(events: readonly Event[]): Record<string, string> {
  const ends = ['cached', 'finished', 'failed', 'skipped', 'interrupted']
  return Object.fromEntries(
    events.flatMap(({ event, stage }) => (stage && ends.includes(event) ? [[stage, event]] : [])),
  )
}

/** The digest of each stage's output, by name. */
export function digestsOf(events: readonly Event[]): ReadonlyMap<string, string> {
  return new Map(
    events.flatMap(({ event, stage, digest }) =>
      event === 'finished' || event === 'cached' ? [[stage!, digest as string] as const] : [],
    ),
  )
}

/** A small pipeline that trains: characters of a little text, and a model of a few thousand weights. */
export const training = `use std.models { llama }

param steps = 12
param lr = 3e-3

data raw = read("data/*.txt", split: paragraphs)
data prose = raw |> normalize() |> keep(where: words >= 3)
tokenizer letters = characters(prose, end_of_text: "<|endoftext|>")
data tokens = prose |> encode(letters)
model tiny = llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16)

stage base = pretrain(tiny, on: tokens, validate: tokens) {
  steps:     steps
  batch:     4
  optimizer: adamw(lr: lr)
  log_every: 4
}

expect base.valid_loss < 10
export base to "out/base"
`

export const prose = `${Array.from(
  { length: 40 },
  (_, line) => `The ${line}th sentence of the book goes on and on, about whales and the sea.`,
).join('\n\n')}\n`
