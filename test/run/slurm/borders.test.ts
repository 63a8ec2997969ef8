/** The borders of parts are found by the first task of an array, and read by the others. */

import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { PartedWork, PartTask } from '../../../src/core/kind/stage.ts'
import { FilePatience } from '../../../src/run/executors/slurm/follow/file-patience.ts'
import { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import { followBorders, writeBorders } from '../../../src/run/executors/slurm/parts/borders.ts'
import { jobOf, type StageJob } from '../../../src/run/stage/job.ts'
import { keptPartList } from '../../../src/run/stage/part-list.ts'
import { temporaryFolder } from '../rig.ts'
import { workIn } from './rig.ts'

const never = new AbortController().signal

interface Stage {
  readonly folder: JobFolder
  readonly job: StageJob
}

function stage(params: Record<string, string> = {}, root = temporaryFolder()): Stage {
  const work = workIn(root)
  const job = jobOf({ ...work, node: { ...work.node, params } }, { checkpoints: root }, {}, { threads: 1, gpus: [] })
  const folder = new JobFolder(root, `${'a'.repeat(16)}-${'b'.repeat(12)}`)
  mkdirSync(folder.path, { recursive: true })
  return { folder, job }
}

/** Work of some parts. Counts how many of them were found by reading the input; stops with an error behind `breaksAt` parts. */
function workOf(parts: number, breaksAt = Number.POSITIVE_INFINITY) {
  const found = { parts: 0 }
  const work: PartedWork = {
    total: 10 * parts,
    async *tasks() {
      for (let i = 0; i < parts; i++) {
        if (i === breaksAt) throw new Error('the input breaks off')
        found.parts++
        yield { task: { from: i }, size: 10 }
      }
    },
    open: () => Promise.reject(new Error('no part is opened')),
  }
  return { work, found }
}

const numbers = async (tasks: AsyncIterable<PartTask>) => {
  const all: unknown[] = []
  for await (const { task } of tasks) all.push((task as { from: number }).from)
  return all
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

function follow({ folder }: Stage, work: PartedWork, patience = 10_000) {
  const reader = new FilePatience(() => {}).reader('the stage')
  return numbers(followBorders(folder, work, { reader, signal: never, patience }))
}

test('tasks that begin before, during and after the first all get every part, and only the first reads the input', async () => {
  const here = stage()
  const [first, other] = [workOf(300), workOf(300)]
  const early = follow(here, other.work)
  await sleep(50)
  const writing = writeBorders(here.folder, here.job, first.work, never)
  const meanwhile = follow(here, other.work)
  await writing
  for (const list of [await early, await meanwhile, await follow(here, other.work)]) expect(list).toEqual(upTo(300))
  expect([first.found.parts, other.found.parts]).toEqual([300, 0])
  const kept = await keptPartList(here.job)
  expect(kept && (await numbers(kept))).toEqual(upTo(300))
})

test('the list is kept by content: another setting or another input has another', async () => {
  const root = temporaryFolder()
  const here = stage({ say: 'a' }, root)
  await writeBorders(here.folder, here.job, workOf(3).work, never)
  expect(await keptPartList(stage({ say: 'a' }, root).job)).toBeDefined()
  expect(await keptPartList(stage({ say: 'b' }, root).job)).toBeUndefined()
  const other = { ...here.job, files: { in: [{ path: '/x', name: 'x', sha256: '0'.repeat(64) }] } }
  expect(await keptPartList(other)).toBeUndefined()
})

test('a first task that is started again, while its former start still writes, gives every part once', async () => {
  const here = stage()
  const lines = (from: number, to: number) =>
    upTo(to - from).map((i) => `${from + i} ${JSON.stringify({ task: { from: from + i }, size: 10 })}\n`)
  const file = join(here.folder.path, 'borders.jsonl')
  // The former start was killed in the middle of a line.
  appendFileSync(file, `\n${lines(0, 70).join('')}70 {"ta`)
  const early = follow(here, workOf(0).work)
  const writing = writeBorders(here.folder, here.job, workOf(200).work, never)
  appendFileSync(file, lines(64, 80).join(''))
  await writing
  expect(await early).toEqual(upTo(200))
  const kept = await keptPartList(here.job)
  expect(kept && (await numbers(kept))).toEqual(upTo(200))
})

test('a task whose first task stops in between finds the rest itself', async () => {
  const here = stage()
  const other = workOf(10)
  appendFileSync(join(here.folder.path, 'borders.jsonl'), `\n0 ${JSON.stringify({ task: { from: 0 }, size: 10 })}\n`)
  expect(await follow(here, other.work, 100)).toEqual(upTo(10))
  expect(other.found.parts).toBe(10)
})

test('an input that breaks off ends the list for all, and no list is kept', async () => {
  const here = stage()
  await expect(writeBorders(here.folder, here.job, workOf(300, 100).work, never)).rejects.toThrow('breaks off')
  expect(await follow(here, workOf(300).work)).toEqual(upTo(64))
  expect(await keptPartList(here.job)).toBeUndefined()
})
