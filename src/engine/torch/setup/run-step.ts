/** Runs one step of an installation and passes its lines on. */

import { spawn } from 'node:child_process'
import { StageError } from '../../../core/failure.ts'
import { OutputLines } from '../../../core/values/output-lines.ts'
import { failureOfStep } from './failures.ts'
import type { Step } from './steps.ts'

/** The most bytes of a line, and the number of lines that are kept for the failure. */
const longestLine = 4096
const keptLines = 400

export interface StepOptions {
  readonly env: NodeJS.ProcessEnv
  /** The folder that it runs in. uv and pip read settings there, so it is not the one of a project. */
  readonly folder: string
  /** Ends the step. */
  readonly signal: AbortSignal
  onLine(line: string): void
}

/** Runs a step to its end. Throws a StageError if it fails, and the reason of the signal if that ends it. */
export async function runStep(step: Step, { env, folder, signal, onLine }: StepOptions): Promise<void> {
  signal.throwIfAborted()
  const isPosix = process.platform !== 'win32'
  const lines: string[] = []
  const take = (line: string) => {
    if (line.trim() === '') return
    if (lines.push(line) > keptLines) lines.shift()
    onLine(line)
  }
  await new Promise<void>((resolve, reject) => {
    const child = spawn(step.command, step.args, {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isPosix,
      windowsHide: true,
    })
    const stop = () => {
      try {
        if (isPosix && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It has ended.
      }
    }
    signal.addEventListener('abort', stop, { once: true })
    for (const stream of [child.stdout, child.stderr]) {
      // Progress bars end their lines with a carriage return.
      const output = new OutputLines(take, { most: () => longestLine, returns: true })
      stream.on('data', (piece: Buffer) => output.take(piece))
      stream.once('end', () => output.end())
    }
    child.once('error', (error) =>
      reject(new StageError('no-engine', `${step.command} cannot be started: ${error.message}`)),
    )
    child.once('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(signal.reason)
      else if (code === 0) resolve()
      else reject(failureOfStep(step, code ?? killedBy ?? 'unknown', lines))
    })
  })
}
