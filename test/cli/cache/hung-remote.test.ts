/** A remote cache on a share whose server is away. Named pipes stand for its files: opening one blocks, and cannot be interrupted. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsIn, makeProject, outcomes, prose } from '../rig.ts'

const program = `data raw = read("data/*.txt", split: paragraphs)
tokenizer letters = characters(raw)
data tokens = raw |> encode(letters)
`
const project = makeProject({ 'a.llmpipe': program, 'data/book.txt': prose })
const remote = join(project.folder, 'remote')
const stages = ['raw', 'letters', 'tokens']

/** A run with a store of its own, and a limit in seconds for the silence of the remote cache. */
function run(store: string, silence: number) {
  const words = ['run', 'a.llmpipe', '--json', '--store', store, '--remote', remote]
  const { status, stdout, signal } = spawnSync(process.execPath, [resolve('dist/llmpipe.js'), ...words], {
    cwd: project.folder,
    env: { ...process.env, LLMPIPE_REMOTE_TIMEOUT: `${silence}` },
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  return { status, signal, events: eventsIn(stdout) }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}

/** Puts a pipe in the place of every file below a folder. */
function hang(folder: string): void {
  for (const path of filesIn(folder)) {
    rmSync(path)
    execFileSync('mkfifo', [path])
  }
}

beforeAll(() => {
  mkdirSync(remote)
  expect(run('first', 60).status).toBe(0)
})
afterAll(() => project.remove())

describe('a run finishes all stages, and reports once that it stopped using the remote', () => {
  test.each(['blobs', 'actions'])('when requests for %s hang', (part) => {
    hang(join(remote, part))
    const { status, signal, events } = run(`store-${part}`, 0.5)
    expect([status, signal]).toEqual([0, null])
    expect(outcomes(events)).toEqual(Object.fromEntries(stages.map((stage) => [stage, 'finished'])))
    const notices = events.flatMap(({ event, message }) => (event === 'notice' ? [message] : []))
    expect(notices).toEqual([`remote cache ${remote}: it does not answer; it is no longer used`])
  })
})
