/** Runs scripts in the Python of LLMPIPE_PYTHON, without a start of Python for each: see python/serve.py. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Server {
  readonly child: ChildProcess
  readonly waiting: { resolve(answer: Answer): void; reject(error: Error): void }[]
}

let started: Server | undefined

/** The process that serves all test files of this one. It ends with this process, and does not keep it alive. */
function server(): Server {
  if (started !== undefined) return started
  const child = spawn(process.env.LLMPIPE_PYTHON!, ['-B', 'test/torch/python/serve.py'], {
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
    // Threads of OpenMP that wait for each other keep processors busy that the tests share.
    env: { ...process.env, OMP_NUM_THREADS: '1', TORCHINDUCTOR_COMPILE_THREADS: '1' },
  })
  const waiting: Server['waiting'] = []
  createInterface(child.stdio[3] as Readable).on('line', (line) => waiting.shift()!.resolve(JSON.parse(line)))
  child.once('close', (code, signal) => {
    started = undefined
    for (const { reject } of waiting.splice(0)) reject(new Error(`serve.py ended with ${signal ?? code}`))
  })
  child.unref()
  for (const pipe of [child.stdin, child.stdio[3]]) (pipe as unknown as { unref(): void }).unref()
  started = { child, waiting }
  return started
}

/** Runs a script with these arguments and this stdin. Resolves with what it printed; rejects with its stderr if it failed. */
export async function runPython(script: string, args: readonly string[] = [], input = ''): Promise<string> {
  const { child, waiting } = server()
  const answer = await new Promise<Answer>((resolve, reject) => {
    waiting.push({ resolve, reject })
    child.stdin!.write(`${JSON.stringify({ script, arguments: args, input })}\n`)
  })
  if (answer.code !== 0)
    throw new Error(`${script} ended with exit code ${answer.code}:\n${answer.stderr.slice(-4000)}`)
  return answer.stdout
}
