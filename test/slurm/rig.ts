/** The real command on the cluster of the tests. */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Event, entry, eventsIn } from '../cli/rig.ts'
import type { Cluster } from './cluster.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The lines of stdout that are events of `--json`. */
  readonly events: readonly Event[]
}

/** A command that runs. */
export interface Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** The events so far. */
  events(): readonly Event[]
  kill(signal: NodeJS.Signals): void
}

/** Where projects are made, and the environment of their commands. */
export type ProjectPlace = Pick<Cluster, 'folder' | 'env'>

export interface ClusterProject {
  readonly folder: string
  write(name: string, text: string): void
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Running
  llmpipe(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>
}

/** A project in a new folder of the cluster, which is removed with it. */
export function projectOn(cluster: ProjectPlace, files: Readonly<Record<string, string>> = {}): ClusterProject {
  const folder = mkdtempSync(join(cluster.folder, 'project-'))
  const project: ClusterProject = {
    folder,
    write(name, text) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    },
    start: (args, env = {}) =>
      start(args, { cwd: folder, env: { ...cluster.env, NO_COLOR: '1', COLUMNS: '200', ...env } }),
    llmpipe: (args, env) => project.start(args, env).ended,
  }
  for (const [name, text] of Object.entries(files)) project.write(name, text)
  return project
}

function start(args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Running {
  const child = spawn(process.execPath, [entry, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece
  })
  const events = () =>
    args.includes('--json') && args[0] === 'run' ? eventsIn(stdout.slice(0, stdout.lastIndexOf('\n') + 1)) : []
  return {
    pid: child.pid!,
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr, events: events() }))
    }),
    events,
    kill: (signal) => void child.kill(signal),
  }
}
