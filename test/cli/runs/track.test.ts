/** `llmpipe track` and `run --track` with a server of MLflow: what becomes of runs that were killed. */

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Got, trackingServerOf } from '../../track/server.ts'
import { entry, makeProject } from '../rig.ts'

const project = makeProject({
  'prose.txt': 'Call me Ishmael. Some years ago, never mind how long precisely.\n'.repeat(40),
  'p.llmpipe': `use std.models { llama }
param steps = 4
data prose = read("prose.txt")
tokenizer letters = characters(prose)
stage base = pretrain(llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16), on: prose |> encode(letters)) {
  steps: steps, batch: 2, optimizer: adamw(lr: 1e-3)
}
`,
})
afterAll(() => project.remove())

/** Runs the command without blocking this process, which serves MLflow meanwhile. */
function llmpipe(...args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [entry, ...args], { cwd: project.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece))
    child.on('close', (code) => done({ code, text }))
  })
}

/** A MLflow that keeps the tags and the status of its runs. */
async function mlflow() {
  const runs: { readonly id: string; readonly tags: object; status: string; end?: number }[] = []
  const server = await trackingServerOf(({ path, body }: Got) => {
    if (path.includes('get-by-name')) return { body: { experiment: { experiment_id: '7' } } }
    if (path.endsWith('runs/search'))
      return {
        body: {
          runs: runs
            .filter(({ status }) => status === 'RUNNING')
            .map(({ id, tags }) => ({ info: { run_id: id }, data: { tags } })),
        },
      }
    if (path.endsWith('runs/create')) {
      const id = `r${runs.length}`
      runs.push({ id, tags: body.tags, status: 'RUNNING' })
      return { body: { run: { info: { run_id: id } } } }
    }
    const run = runs.find(({ id }) => id === body.run_id)
    if (path.endsWith('runs/update') && run !== undefined)
      Object.assign(run, { status: body.status, end: body.end_time })
    return {}
  })
  return { ...server, runs }
}

test('a run whose process was killed ends as KILLED, by track and by the next run', async () => {
  const server = await mlflow()
  expect((await llmpipe('run', 'p.llmpipe', '--plain')).code).toBe(0)
  // The log as a process leaves it that was killed in the middle of the training.
  const runs = join(project.folder, '.llmpipe/runs')
  const [run = ''] = readdirSync(runs)
  const log = join(runs, run, 'events.jsonl')
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  const last = lines.findLastIndex((line) => JSON.parse(line).event === 'metric')
  writeFileSync(log, `${lines.slice(0, last + 1).join('\n')}\n`)
  const { time } = JSON.parse(lines[last]!)

  const tracked = await llmpipe('track', 'mlflow', 'p.llmpipe', '--to', server.address)
  expect(tracked).toMatchObject({ code: 0, text: `${run}: 1 stage with metrics\n` })
  expect(server.runs).toMatchObject([{ id: 'r0', status: 'KILLED', end: time }])

  // What `run --track` had sent before it was killed.
  server.runs[0]!.status = 'RUNNING'
  const next = await llmpipe(
    'run',
    'p.llmpipe',
    '-p',
    'steps=5',
    '--plain',
    '--track',
    'mlflow',
    '--track-to',
    server.address,
  )
  expect(next.code).toBe(0)
  expect(next.text).toContain('MLflow: 1 run of a llmpipe that was killed got the status KILLED')
  expect(server.runs).toMatchObject([
    { id: 'r0', status: 'KILLED', end: time },
    { id: 'r1', status: 'FINISHED' },
  ])
  await server.close()
})
