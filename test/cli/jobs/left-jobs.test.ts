/** A run whose runner is gone and whose job goes on: what attach, log, ls and show report. */

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leftRun, showJobs } from '../../../src/cli/jobs/attach-jobs.ts'
import { jobOfStage, jobsNote } from '../../../src/cli/jobs/standing-words.ts'
import type { RunEvent } from '../../../src/core/event.ts'
import type { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import { openStore } from '../../../src/store/folder-store.ts'
import { temporaryFolder } from '../../run/rig.ts'
import { commands, heldJob, key } from '../../run/slurm/rig.ts'

const names = { stage: 'base', id: 'base' }
const queued = { event: 'queue', state: 'pending', job: '7' }

/** A store in which a killed run left a job with the id 7. */
async function storeWithJob() {
  const root = temporaryFolder()
  const store = openStore(root)
  commands({ squeue: 'echo "7|RUNNING|n1|llmpipe:base||None"' })
  const { folder } = await heldJob(root)
  mkdirSync(join(root, 'runs/r'), { recursive: true })
  const begun = { event: 'run-started', run: 'r', program: 'a.llmpipe', stages: 1, version: '0', store: root, pid: 1 }
  const planned = { event: 'planned', ...names, kind: 'text', after: [], line: 1 }
  const started = { event: 'started', ...names, key, attempt: 1, cpus: 1, reason: 'first run' }
  const skipped = { event: 'skipped', stage: 'later', id: 'later', because: 'the interruption', stopped: 'interrupted' }
  const seen = { event: 'log', ...names, level: 'info', message: 'what the runner saw of the job' }
  const log = [begun, planned, started, { ...queued, ...names }, seen, skipped]
  const lines = log.map((event) => JSON.stringify({ ...event, time: 1_000 }))
  writeFileSync(join(root, 'runs/r/events.jsonl'), `${lines.join('\n')}\n`)
  return { root, store, folder, start: (node = 'n1') => begin(folder, node) }
}

/** Does what the job does when it starts. */
function begin(folder: JobFolder, node: string): void {
  const running = { event: 'queue', state: 'running', job: '7', node, waited: 90, time: 2_000 }
  const message = { event: 'log', level: 'info', message: 'halfway', time: 3_000 }
  appendFileSync(folder.events, `${[running, message].map((each) => JSON.stringify(each)).join('\n')}\n`)
  writeFileSync(folder.lease, '')
  folder.writeUse({ starts: 1, waited: 90, seconds: 1_800, node, cpus: 4 })
}

test('attach shows the log of the run, then what the job writes, with its times, to its end', async () => {
  const { root, store, folder, start } = await storeWithJob()
  start()
  const left = leftRun(root)!
  const events: RunEvent[] = []
  const screen = { event: (event: RunEvent) => void events.push(event), say: () => {} }
  const error = { code: 'diverged', message: 'the loss is not a number' }
  folder.writeEnd({
    ...{ version: 1, job: '7', restart: 0, node: 'n1', time: 0 },
    outcome: { type: 'failed', error, seconds: 5 },
  })
  // It was read before the job ended.
  const ends = await showJobs(store, left, screen, () => false)
  expect([...ends.values()]).toEqual([{ type: 'failed', error, seconds: 5 }])
  expect(events.map(({ event, time }) => [event, time > 10_000 ? 'now' : time])).toEqual([
    ['run-started', 1_000],
    ['planned', 1_000],
    ['started', 1_000],
    ['queue', 2_000],
    ['log', 3_000],
    ['failed', 'now'],
  ])
})

test('attach leaves a job that goes on', async () => {
  const { root, store, start } = await storeWithJob()
  start()
  const screen = { event: () => {}, say: () => {} }
  let looks = 0
  expect(await showJobs(store, leftRun(root)!, screen, () => looks++ > 0)).toEqual(new Map())
})

test('a run whose jobs have ended has left none', async () => {
  const { root, folder } = await storeWithJob()
  expect(leftRun(root)?.jobs).toHaveLength(1)
  expect(leftRun(root, 'another')).toBeUndefined()
  folder.writeEnd({
    ...{ version: 1, job: '7', restart: 0, node: 'n1', time: 0 },
    ...{ outcome: { type: 'interrupted' }, cause: 'stop' },
  })
  expect(leftRun(root)).toBeUndefined()
})

test('the words for a job: waiting, running with its use, silent, requeued', async () => {
  const { root, folder, start } = await storeWithJob()
  expect(jobsNote(root)).toBe('base: slurm job 7 waits\n')
  start()
  expect(jobsNote(root)).toBe('base: slurm job 7 runs on n1 after 1m 30s in the queue; 2 core hours so far\n')
  expect(jobOfStage(root, 'base')?.queue.node).toBe('n1')
  expect(jobOfStage(root, 'other')).toBeUndefined()
  folder.writeEnd({
    ...{ version: 1, job: '7', restart: 0, node: 'n1', time: 0 },
    ...{ outcome: { type: 'interrupted', step: 4 }, cause: 'time', isRequeued: true },
  })
  expect(jobsNote(root)).toBe('base: slurm job 7 waits; 2 core hours so far\n')
})
