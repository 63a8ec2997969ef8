/** A runner follows a job: files that come late, a queue that forgets, a lease that goes on. */

import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { JobPlace, StageEvent } from '../../../src/core/event.ts'
import type { Accounted } from '../../../src/run/executors/slurm/cluster/accounting.ts'
import type { Listed, QueueListener } from '../../../src/run/executors/slurm/cluster/queue.ts'
import { FilePatience } from '../../../src/run/executors/slurm/follow/file-patience.ts'
import { Follower } from '../../../src/run/executors/slurm/follow/follower.ts'
import { type JobEnd, JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import type { StageWork } from '../../../src/run/stage-work.ts'
import { claim, holderOfClaim, isHeld, joinClaim, textOfClaim } from '../../../src/store/claim.ts'
import { keepFailure } from '../../../src/store/failures.ts'
import { openStore } from '../../../src/store/folder-store.ts'
import { keyOf } from '../../../src/store/key/manifest.ts'
import { planOf, temporaryFolder } from '../rig.ts'

const fileTimes = { first: 2, longest: 10, say: 30, lasting: 100 }
const patience = { look: 2, lookPerJob: 0, lease: 300, files: 100, end: 40 }
const listed = (state: string, more: Partial<Listed> = {}): Listed => ({
  state,
  reason: '',
  node: 'n1',
  name: 'llmpipe:base',
  comment: '',
  ...more,
})

/** A job of a stage that a runner follows, on a cluster whose queue the test plays. */
interface Options {
  readonly isAdopted?: boolean
  /** The stage makes its outputs anew. */
  readonly fresh?: boolean
  readonly comment?: string
  /** The answer of the accounting; there is no accounting if absent. */
  readonly accounted?: Accounted
  /** How long the follower waits for files, in milliseconds. */
  readonly files?: number
}

async function followed({
  isAdopted = false,
  fresh = false,
  comment,
  files = patience.files,
  accounted,
}: Options = {}) {
  const root = temporaryFolder()
  const store = openStore(root)
  const [node] = planOf({ base: {} }).nodes
  const components = [['kind', 'text']] as const
  const key = keyOf({ components })
  const draft = {
    key,
    node: { id: 'base', name: 'base', kind: 'text' },
    components,
    words: [],
    files: {},
    run: 'r',
    reason: '',
  }
  const work: StageWork = {
    ...{ key, node: node!, models: {}, inputs: {}, files: {}, fresh, draft, root },
    ...{ stageCommand: [], sharesGpus: false },
  }
  const made = await claim(root, key)
  if (isHeld(made)) throw new Error('held')
  const job = {
    version: 1,
    llmpipe: '0.1.0',
    work,
    claim: { key, attempt: 1, text: textOfClaim(made) },
    time: Date.now() - 1_000,
  } as const
  const folder = JobFolder.make(root, job)
  const place: JobPlace = { type: 'job', system: 'slurm', id: '7', folder: folder.name }
  made.handOver()
  joinClaim(root, job.claim, place)?.handOver()
  let answer: QueueListener = () => {}
  const queue = {
    watch(_: string, listener: QueueListener) {
      answer = listener
      return () => {}
    },
  }
  const events: StageEvent[] = []
  const badNodes: string[] = []
  const notices: string[] = []
  const onBadNode = (bad: string) => void badNodes.push(bad)
  const accounting = { job: async () => accounted }
  const context = {
    store,
    queue,
    accounting,
    files: new FilePatience((notice) => void notices.push(notice), fileTimes),
    followed: () => 1,
    isAdopted,
    onBadNode,
    patience: { ...patience, files },
  }
  const follower = new Follower(place, folder, job, context, (event) => events.push(event))
  const outcome = follower.outcome()
  let isOver = false
  void outcome.finally(() => {
    isOver = true
  })
  const end = (rest: Partial<JobEnd> & Pick<JobEnd, 'outcome'>) =>
    folder.writeEnd({ version: 1, job: '7', restart: 0, node: 'n1', time: Date.now(), ...rest })
  return {
    ...{ root, key, folder, follower, outcome, events, badNodes, notices, place, end },
    queue: (job: Listed | 'absent') => answer(job === 'absent' ? job : { ...job, comment: comment ?? job.comment }),
    isOver: () => isOver,
    holder: () => holderOfClaim(root, key),
    /** Commits an output, as the job does. */
    async commit(run = 'r') {
      const out = join(root, 'tmp', 'out')
      mkdirSync(out, { recursive: true })
      writeFileSync(join(out, 'text'), 'made')
      await store.commit(
        { ...draft, run, report: {}, seconds: 1, time: Date.now() },
        { out: { folder: out, kind: 'Docs' } },
      )
    },
    /** Touches the lease as a job that lives does, until the test ends. */
    beat() {
      writeFileSync(folder.lease, '')
      let times = 1
      const timer = setInterval(() => utimesSync(folder.lease, ++times, times), 5)
      const stop = () => clearInterval(timer)
      onTestFinished(stop)
      return stop
    },
  }
}

test('a job is done when its record is in the store, although its end comes after that of the queue', async () => {
  const { queue, commit, end, outcome, beat } = await followed()
  const stop = beat()
  queue(listed('COMPLETED'))
  await sleep(20)
  await commit()
  end({ outcome: { type: 'done', unchanged: true } })
  stop()
  expect(await outcome).toMatchObject({ type: 'done', committed: { unchanged: true } })
})

test('a job that died after its commit and before its last word is done', async () => {
  const { queue, commit, outcome } = await followed()
  await commit()
  queue(listed('NODE_FAIL'))
  expect(await outcome).toMatchObject({ type: 'done' })
})

test('the end of a job counts only with its record: without one, the store is not shared', async () => {
  const { end, outcome } = await followed()
  end({ outcome: { type: 'done', unchanged: false } })
  expect(await outcome).toMatchObject({ type: 'failed', error: { code: 'store-not-shared' } })
})

test('a second job with the same folder, made because the answer of sbatch was lost, ends as superseded: the first is followed on', async () => {
  const { queue, end, outcome, isOver, commit } = await followed()
  queue(listed('RUNNING'))
  end({ job: '6', restart: 1, outcome: { type: 'superseded' } })
  await sleep(30)
  expect(isOver()).toBe(false)
  await commit()
  end({ outcome: { type: 'done', unchanged: false } })
  expect(await outcome).toMatchObject({ type: 'done' })
})

test('a job that ended as superseded before its runner gave it the claim does not keep the claim', async () => {
  const { end, outcome, root, key } = await followed()
  end({ restart: 1, outcome: { type: 'superseded' } })
  expect(await outcome).toMatchObject({ type: 'displaced' })
  expect(holderOfClaim(root, key)).toBeUndefined()
})

test('an end that was cut short does not count', async () => {
  const { folder, isOver, follower } = await followed()
  writeFileSync(join(folder.path, 'end.json'), '{"sha256":"')
  await sleep(30)
  expect(isOver()).toBe(false)
  follower.leave()
})

test('a job that the queue leaves out once is alive, and one that it leaves out twice is lost once its lease is silent', async () => {
  const { queue, isOver, outcome, beat, holder, place, folder } = await followed()
  const stop = beat()
  queue(listed('RUNNING'))
  queue('absent')
  await sleep(400)
  queue(listed('RUNNING'))
  expect(isOver()).toBe(false)
  queue('absent')
  queue('absent')
  await sleep(400)
  expect(isOver()).toBe(false)
  expect(folder.isAskedToStop).toBe(false)
  expect(holder()).toEqual(place)
  stop()
  expect(await outcome).toMatchObject({ type: 'displaced' })
  expect(holder()).toBeUndefined()
})

test('a job that goes on after the queue has given it up is asked to stop, and another follows it only then', async () => {
  const { queue, isOver, outcome, beat, folder, badNodes, end } = await followed()
  const stop = beat()
  queue(listed('NODE_FAIL'))
  await sleep(400)
  expect(isOver()).toBe(false)
  expect(folder.isAskedToStop).toBe(true)
  stop()
  end({ outcome: { type: 'interrupted', step: 4 }, cause: 'stop' })
  expect(await outcome).toMatchObject({ type: 'displaced' })
  expect(badNodes).toEqual([])
})

test('a job that this run has asked to stop has not failed, although the queue no longer lists it', async () => {
  const { queue, outcome, beat, end } = await followed()
  const stop = beat()
  queue(listed('NODE_FAIL'))
  await sleep(50)
  stop()
  queue('absent')
  queue('absent')
  end({ outcome: { type: 'interrupted', step: 4 }, cause: 'stop' })
  expect(await outcome).toMatchObject({ type: 'displaced' })
})

test('the node that a job lost is named', async () => {
  const { queue, outcome, badNodes } = await followed()
  queue(listed('NODE_FAIL', { node: 'n3' }))
  expect(await outcome).toMatchObject({ type: 'displaced', cause: 'cluster' })
  expect(badNodes).toEqual(['n3'])
})

test.each([
  ['PREEMPTED', { type: 'displaced', cause: 'cluster' }],
  ['TIMEOUT', { type: 'displaced', cause: 'time-limit' }],
  ['CANCELLED', { type: 'failed', error: { code: 'canceled' } }],
  ['OUT_OF_MEMORY', { type: 'failed', error: { code: 'out-of-memory' } }],
  ['COMPLETED', { type: 'displaced', cause: 'cluster' }],
])('a job that saved its work after a signal and is %s in the queue', async (state, expected) => {
  const { queue, end, outcome, isOver } = await followed()
  end({ outcome: { type: 'interrupted' }, cause: 'signal' })
  queue(listed('COMPLETING'))
  await sleep(20)
  expect(isOver()).toBe(false)
  queue(listed(state))
  expect(await outcome).toMatchObject(expected)
})

test('a job that is requeued is followed through its next start', async () => {
  const { queue, end, outcome, isOver, events, commit, folder } = await followed()
  end({ outcome: { type: 'interrupted', step: 3 }, cause: 'time', isRequeued: true })
  queue(listed('PENDING', { reason: 'BeginTime', node: '' }))
  await sleep(20)
  expect(isOver()).toBe(false)
  folder.clearEnd()
  queue(listed('RUNNING'))
  appendFileSync(folder.events, '{"event":"queue","state":"running","job":"7","node":"n2"}\n{"event":"checkpoint","st')
  await sleep(20)
  await commit()
  end({ restart: 1, outcome: { type: 'done', unchanged: false } })
  expect(await outcome).toMatchObject({ type: 'done' })
  expect(events).toEqual([
    { event: 'queue', state: 'pending', job: '7', reason: 'BeginTime' },
    { event: 'queue', state: 'running', job: '7', node: 'n2' },
  ])
})

test('a job that an earlier run left and that is dead has not failed: its stage starts again', async () => {
  const { queue, outcome } = await followed({ isAdopted: true })
  queue(listed('CANCELLED', { node: '' }))
  expect(await outcome).toMatchObject({ type: 'displaced' })
})

test.each<[string, Partial<JobEnd> & Pick<JobEnd, 'outcome'>]>([
  ['after a signal', { outcome: { type: 'interrupted' }, cause: 'signal' }],
  ['because of llmpipe stop', { outcome: { type: 'interrupted' }, cause: 'stop' }],
])(
  'a job that an earlier run left and that saved its work %s has not failed: its stage starts again',
  async (_, how) => {
    const { queue, outcome, end, holder, folder } = await followed({ isAdopted: true })
    folder.askToStop()
    end(how)
    queue(listed('CANCELLED'))
    expect(await outcome).toMatchObject({ type: 'displaced' })
    expect(holder()).toBeUndefined()
  },
)

test('a job that llmpipe stop cancels while a run follows it has not failed', async () => {
  const { queue, outcome, end, holder, folder } = await followed()
  queue(listed('RUNNING'))
  folder.askToStop()
  end({ outcome: { type: 'interrupted' }, cause: 'signal' })
  queue(listed('CANCELLED'))
  expect(await outcome).toEqual({ type: 'interrupted' })
  expect(holder()).toBeUndefined()
})

test('the claim of a job that ended at its time limit is free before another follows', async () => {
  const { end, outcome, holder } = await followed()
  end({ outcome: { type: 'interrupted', step: 4 }, cause: 'time' })
  expect(await outcome).toMatchObject({ type: 'displaced', cause: 'time-limit' })
  expect(holder()).toBeUndefined()
})

test('a job that makes its outputs anew is not done by an older record', async () => {
  const { end, outcome, commit, isOver } = await followed({ fresh: true, files: 60_000 })
  await commit('older')
  end({ outcome: { type: 'done', unchanged: true } })
  await sleep(50)
  expect(isOver()).toBe(false)
  await commit()
  expect(await outcome).toMatchObject({ type: 'done', committed: { action: { run: 'r' } } })
})

test.each<[string, string, string, boolean]>([
  ['the comment of another submission', '0123456789abcdef-0123456789ab', 'llmpipe:base', false],
  ['a comment of the site and another name', 'project 7', 'interactive', false],
  ['a comment of the site and the name of the stage', 'project 7', 'llmpipe:base', true],
])('a job of the same id with %s', async (_, comment, name, isThisJob) => {
  const { queue, outcome, isOver, follower } = await followed({ comment })
  queue(listed('RUNNING', { name }))
  queue(listed('RUNNING', { name }))
  await sleep(100)
  expect(isOver()).toBe(!isThisJob)
  follower.leave()
  expect(await outcome).toMatchObject({ type: isThisJob ? 'interrupted' : 'displaced' })
})

test('a failure that a job recorded on a node whose clock is behind is the failure of the job', async () => {
  const { queue, outcome, root, key } = await followed()
  const error = { code: 'bad-data', message: 'line 7 is not JSON' }
  keepFailure(root, key, { error, seconds: 1, run: 'r', time: Date.now() - 3_600_000 }, () => ({}))
  queue(listed('FAILED'))
  expect(await outcome).toMatchObject({ type: 'failed', error })
})

test.each([
  ['not even an output file', false, 'its node does not seem to see that folder'],
  ['an output file', true, 'and left no result'],
])('a job that failed before it lived, with %s in the store', async (_, hasOutput, message) => {
  const { queue, outcome, folder } = await followed()
  if (hasOutput) writeFileSync(folder.output, '')
  queue(listed('FAILED'))
  expect(await outcome).toMatchObject({ error: { code: 'crashed', message: expect.stringContaining(message) } })
})

test('the accounting tells why a job ended, and what to change', async () => {
  const memory = 3 * 2 ** 30
  const { queue, outcome } = await followed({ accounted: { state: 'OUT_OF_MEMORY', node: 'n1', memory } })
  queue(listed('FAILED'))
  expect(await outcome).toMatchObject({
    type: 'failed',
    error: {
      code: 'out-of-memory',
      message: expect.stringContaining('and used 3072 MiB'),
      help: expect.stringContaining('to 6144 MiB for example'),
    },
  })
})

test('a node that the accounting names is avoided although the queue has forgotten the job', async () => {
  const { queue, outcome, badNodes } = await followed({ accounted: { state: 'NODE_FAIL', node: 'n9' } })
  queue('absent')
  queue('absent')
  expect(await outcome).toMatchObject({ type: 'displaced', cause: 'cluster' })
  expect(badNodes).toEqual(['n9'])
})

test('an accounting that is behind, and still has the job as running, does not make it a crash', async () => {
  const { queue, outcome } = await followed({ accounted: { state: 'RUNNING', node: 'n1' } })
  queue('absent')
  queue('absent')
  expect(await outcome).toMatchObject({ type: 'displaced' })
})

test('a run that leaves says which job goes on, and takes nothing from it', async () => {
  const { follower, outcome, place, holder } = await followed()
  follower.leave()
  expect(await outcome).toEqual({ type: 'interrupted', continuesIn: place })
  expect(holder()).toEqual(place)
})

test('a run that leaves before the record of a job shows calls nothing a failure', async () => {
  const { follower, end, outcome, place } = await followed({ files: 60_000 })
  end({ outcome: { type: 'done', unchanged: false } })
  await sleep(20)
  follower.leave()
  expect(await outcome).toEqual({ type: 'interrupted', continuesIn: place })
})

test('a warning names the reason of a job that will never start by itself', async () => {
  const { queue, events, follower } = await followed()
  queue(listed('PENDING', { reason: 'Priority' }))
  queue(listed('PENDING', { reason: 'Priority' }))
  expect(events).toHaveLength(1)
  queue(listed('PENDING', { reason: 'BadConstraints' }))
  expect(events.at(-1)).toMatchObject({ event: 'log', level: 'warning' })
  follower.leave()
})
