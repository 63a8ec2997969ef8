/** The servers of trackers, as people start them, and the command that sends to them. LLMPIPE_TRACKERS names a Python that has them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { entry } from '../cli/rig.ts'

export const python = process.env.LLMPIPE_TRACKERS

/** A command of the Python's environment. */
const tool = (name: string) => join(dirname(python!), name)

export interface Server {
  readonly address: string
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

/** Starts `mlflow server` with a database in a folder of its own. */
export async function startMlflow(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-mlflow-'))
  const port = await freePort()
  const args = ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
  args.push('--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`, '--default-artifact-root', folder)
  const child = spawn(tool('mlflow'), args, {
    cwd: folder,
    env: { ...process.env, PATH: `${dirname(python!)}:${process.env.PATH}`, MLFLOW_DISABLE_TELEMETRY: 'true' },
    detached: true,
  })
  const address = `http://127.0.0.1:${port}`
  return serving(child, address, async () => (await fetch(`${address}/health`)).ok)
}

/** Starts `trackio show`, whose runs are in a folder of its own. Its address has the token that allows to write. */
export async function startTrackio(): Promise<Server & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-trackio-'))
  const env = { ...process.env, TRACKIO_DIR: folder, BROWSER: 'true', HF_HUB_OFFLINE: '1', PYTHONUNBUFFERED: '1' }
  const child = spawn(tool('trackio'), ['show'], { cwd: folder, env, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => {
      output += piece
    })
  const found = () => /http:\/\/\S*write_token=[\w-]+/.exec(output)?.[0]
  const server = await serving(child, '', async () => found() !== undefined)
  return { ...server, address: found()!, folder }
}

/** Resolves when the server answers. Rejected with the output of the server if it ends before. */
export async function serving(child: ChildProcess, address: string, answers: () => Promise<boolean>): Promise<Server> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => (output += piece))
  const over = new Promise<void>((done) => child.once('exit', () => done()))
  while (child.exitCode === null && !(await answers().catch(() => false)))
    await new Promise((done) => setTimeout(done, 200))
  if (child.exitCode !== null) throw new Error(`the server ended: ${output.slice(-2_000)}`)
  return {
    address,
    async stop() {
      // The servers have processes of their own.
      process.kill(-child.pid!, 'SIGKILL')
      await over
    },
  }
}

/** The standard output of a command of the Python's environment. */
export function toolOutput(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return outputOf(tool(name), args, process.cwd(), env)
}

/** The output of a Python script in python/. */
export function readBy(script: string, ...args: readonly string[]): Promise<string> {
  return outputOf(python!, [resolve('test/track-servers/python', script), ...args], process.cwd())
}

/** Runs the real command in a folder, and returns all that it printed. Rejected if it fails. */
export async function llmpipe(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout, stderr } = await call(process.execPath, [entry, ...args], folder, env)
  return stdout + stderr
}

async function outputOf(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  return (await call(command, args, cwd, env)).stdout
}

function call(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ readonly stdout: string; readonly stderr: string }>((done, fail) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (piece) => {
      stdout += piece
    })
    child.stderr.on('data', (piece) => {
      stderr += piece
    })
    child.on('close', (code) =>
      code === 0 ? done({ stdout, stderr }) : fail(new Error(`exit code ${code}: ${stdout}${stderr}`)),
    )
  })
}

/** A small training whose params the command can set; `more` are further declarations. */
export const program = (more = '') => `use std.models { llama }
param steps = 6
${more}data prose = read("prose.txt")
tokenizer letters = characters(prose)
data tokens = prose |> encode(letters)
stage base = pretrain(llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16), on: tokens, validate: tokens) {
  steps: steps, batch: 2, optimizer: adamw(lr: 1e-3), log_every: 2
}
`
export const prose = 'Call me Ishmael. Some years ago, never mind how long precisely.\n'.repeat(40)
