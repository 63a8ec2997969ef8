/** The threads that make the parts of a stage: order, errors, progress and ends, with a thread that does what its task says. */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import type { PartedWork } from '../../../src/core/kind/stage.ts'
import type { Json } from '../../../src/core/values/json.ts'
import type { StageJob } from '../../../src/run/stage/job.ts'
import { PartPool } from '../../../src/run/stage/part-pool.ts'

/** A thread that waits until another thread has begun a later task, fails, ends, or never answers. */
const script = join(mkdtempSync(join(tmpdir(), 'part-pool-')), 'thread.mjs')
writeFileSync(
  script,
  `import { parentPort, threadId, workerData } from 'node:worker_threads'
  const begun = new Int32Array(workerData.job.params.begun)
  parentPort.on('message', ({ type, task }) => {
    if (type === 'stop') return parentPort.postMessage({ type: 'stopped' })
    Atomics.store(begun, task.number, 1)
    Atomics.notify(begun, task.number)
    if (task.after !== undefined) Atomics.wait(begun, task.after, 0, 5000)
    if (task.does === 'fail') return parentPort.postMessage({ type: 'failed', error: { code: 'bad', message: 'part ' + task.number } })
    if (task.does === 'exit') process.exit(3)
    if (task.does === 'hang') return parentPort.postMessage({ type: 'progress', done: 7, counted: task.number })
    parentPort.postMessage({ type: 'made', part: { folder: '/' + task.number, value: threadId, reused: false } })
  })`,
)

interface Task {
  /** Waits until the task of this number has begun. */
  readonly after?: number
  readonly does?: 'fail' | 'exit' | 'hang'
}

const pools: PartPool[] = []
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.end()
})

function poolOf(threads: number, signal = new AbortController().signal): PartPool {
  const begun = new SharedArrayBuffer(4 * 64)
  const job = { params: { begun } } as unknown as StageJob
  const pool = new PartPool({ job, threads, script: { file: script, argv: [] }, signal })
  pools.push(pool)
  return pool
}

function workOf(tasks: readonly Task[]): PartedWork {
  return {
    total: 10 * tasks.length,
    async *tasks() {
      for (const [number, task] of tasks.entries()) yield { task: { number, ...task } as Json, size: 10 }
    },
    open: () => Promise.reject(new Error('parts are opened in threads')),
  }
}

async function foldersOf(pool: PartPool, tasks: readonly Task[]): Promise<{ folders: string[]; threads: Set<Json> }> {
  const folders: string[] = []
  const threads = new Set<Json>()
  for await (const { folder, value } of pool.spread(workOf(tasks), async () => {})) {
    folders.push(folder)
    threads.add(value)
  }
  return { folders, threads }
}

test('parts come in their order, though the first ends after later ones', async () => {
  const { folders, threads } = await foldersOf(poolOf(3), [{ after: 5 }, {}, {}, {}, {}, {}])
  expect(folders).toEqual(['/0', '/1', '/2', '/3', '/4', '/5'])
  expect(threads.size).toBeGreaterThan(1)
  expect(threads.size).toBeLessThanOrEqual(3)
})

test('a pool makes the parts of several works with the same threads', async () => {
  const pool = poolOf(2)
  const first = await foldersOf(pool, [{}, {}, {}])
  const second = await foldersOf(pool, [{}, {}, {}])
  expect(second.folders).toEqual(first.folders)
  expect(new Set([...first.threads, ...second.threads]).size).toBeLessThanOrEqual(2)
})

test('of several parts that fail, the first in order is reported, as it would be without threads', async () => {
  const pool = poolOf(2)
  await expect(foldersOf(pool, [{}, { after: 2, does: 'fail' }, { does: 'fail' }, {}])).rejects.toMatchObject({
    code: 'bad',
    message: 'part 1',
  })
})

test('an error in the list of parts comes after the parts before it, as it would without threads', async () => {
  const cut = (tasks: readonly Task[]): PartedWork => ({
    ...workOf(tasks),
    async *tasks() {
      yield* workOf(tasks).tasks()
      throw new Error('the list is cut off')
    },
  })
  const folders: string[] = []
  const all = async (tasks: readonly Task[]) => {
    for await (const { folder } of poolOf(2).spread(cut(tasks), async () => {})) folders.push(folder)
  }
  await expect(all([{}, {}])).rejects.toThrow('the list is cut off')
  expect(folders).toEqual(['/0', '/1'])
  await expect(all([{}, { does: 'fail' }])).rejects.toThrow('part 1')
})

test('a thread that ends without an answer is an error, and the work does not hang', async () => {
  await expect(foldersOf(poolOf(2), [{}, { does: 'exit' }])).rejects.toThrow('ended with 3')
})

test('progress counts the bytes of parts under way and of finished parts that wait for their turn', async () => {
  const pool = poolOf(2)
  const reports: (readonly [number, readonly Json[]])[] = []
  const spread = pool.spread(workOf([{ after: 1, does: 'hang' }, {}]), async (done, counted) => {
    reports.push([done, counted()])
    // Threads start at different times.
    if (done === 17) throw new Interrupted()
  })
  await expect(spread.next()).rejects.toThrow(Interrupted)
  expect(reports.at(-1)).toEqual([17, [0]])
})

test('an interruption ends the work at once, and the threads with it', async () => {
  const stop = new AbortController()
  const pool = poolOf(2, stop.signal)
  const spread = pool.spread(workOf([{ does: 'hang' }, { does: 'hang' }]), async () => stop.abort())
  await expect(spread.next()).rejects.toThrow(Interrupted)
  await pool.end()
})
