/** The executor of a cluster counts jobs that get no further, gives claims up that no job got, and remembers nodes that failed. */

import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import { slurmExecutor } from '../../../src/run/executors/slurm/slurm.ts'
import { addBadNode, badNodesOf, removeOldBadNodes } from '../../../src/run/executors/slurm/submit/bad-nodes.ts'
import type { Outcome } from '../../../src/run/stage-work.ts'
import { holderOfClaim } from '../../../src/store/claim.ts'
import { openStore } from '../../../src/store/folder-store.ts'
import { temporaryFolder } from '../rig.ts'
import { claimed, commands, key, workIn } from './rig.ts'

const noCommit = () => Promise.reject(new Error('not here'))
const executorOn = (root: string) =>
  slurmExecutor({ store: openStore(root), site: {}, jobCommand: [], version: '0.1.0' })

/** The work of a stage that can use 64 threads. */
function wideIn(root: string) {
  const work = workIn(root)
  return { ...work, node: { ...work.node, resources: { ...work.node.resources, cpus: 64 } } }
}

/** An executor whose jobs end at their time limit, each at the next of some steps. */
function jobsThatEndAt(steps: readonly (number | undefined)[]) {
  const root = temporaryFolder()
  commands({ sbatch: 'cat >/dev/null; echo $$', squeue: 'exit 0', sinfo: 'exit 0' })
  const executor = executorOn(root)
  const known = new Set<string>()
  const runJob = async (step: number | undefined): Promise<Outcome> => {
    const stage = await executor.start(workIn(root), await claimed(root), noCommit)
    const isSubmitted = new Promise<void>((resolve) => stage.subscribe(() => resolve()))
    await isSubmitted
    const name = readdirSync(join(root, 'jobs')).find((each) => !known.has(each))!
    known.add(name)
    const folder = new JobFolder(root, name)
    if (step !== undefined) writeFileSync(folder.events, `${JSON.stringify({ event: 'checkpoint', step })}\n`)
    const outcome = { type: 'interrupted', ...(step === undefined ? {} : { step }) } as const
    folder.writeEnd({ version: 1, job: '1', restart: 0, node: 'n1', time: Date.now(), outcome, cause: 'time' })
    return stage.outcome
  }
  return async () => {
    const outcomes: string[] = []
    for (const step of steps) {
      const outcome = await runJob(step)
      outcomes.push(outcome.type === 'failed' ? `${outcome.error.code}: ${outcome.error.message}` : outcome.type)
    }
    return outcomes
  }
}

test.each<[string, (number | undefined)[], string[]]>([
  [
    'three jobs without a checkpoint',
    [undefined, undefined, undefined],
    ['displaced', 'displaced', 'without a checkpoint'],
  ],
  ['three jobs that get no further', [4, 4, 4, 4], ['displaced', 'displaced', 'displaced', 'getting past step 4']],
  ['jobs that get further each time', [1, 2, 3, 4, 5], Array(5).fill('displaced')],
])('%s at their time limit', async (_, steps, expected) => {
  const outcomes = await jobsThatEndAt(steps)()
  expect(outcomes).toEqual(
    expected.map((each) =>
      each === 'displaced' ? each : expect.stringMatching(`^no-progress: 3 starts in a row .*${each}`),
    ),
  )
})

test('a controller that does not answer for a moment is asked again how many CPUs nodes have', async () => {
  const root = temporaryFolder()
  const folder = temporaryFolder()
  const arguments_ = join(folder, 'arguments')
  const away = 'slurm_load_partitions: Unable to contact slurm controller (connect failure)'
  commands({
    sinfo: `if mkdir '${folder}/asked' 2>/dev/null; then echo '${away}' >&2; exit 1; fi; echo 'main*|2'`,
    sbatch: `cat >/dev/null; echo "$*" >>'${arguments_}'; echo 7`,
    squeue: 'exit 0',
  })
  const executor = executorOn(root)
  const notices: string[] = []
  executor.onNotice = (message) => void notices.push(message)
  const stage = await executor.start(wideIn(root), await claimed(root), noCommit)
  await new Promise<void>((resolve) => stage.subscribe(() => resolve()))
  expect(readFileSync(arguments_, 'utf8')).toContain(' --cpus-per-task=2 ')
  expect(notices).toEqual([expect.stringMatching(/^no job can be submitted now \(.*Unable to contact/)])
  stage.interrupt()
  await stage.outcome
})

test('a run that is left while the controller does not answer submits nothing', async () => {
  const root = temporaryFolder()
  commands({ sinfo: 'echo "Unable to contact slurm controller" >&2; exit 1', sbatch: 'exit 1', squeue: 'exit 0' })
  const executor = executorOn(root)
  const isNoticed = new Promise<void>((resolve) => {
    executor.onNotice = () => resolve()
  })
  const stage = await executor.start(wideIn(root), await claimed(root), noCommit)
  await isNoticed
  stage.interrupt()
  expect(await stage.outcome).toEqual({ type: 'interrupted' })
  expect(holderOfClaim(root, key)).toBeUndefined()
})

test('a store that fails between sbatch and the handing over costs the job, and frees the claim', async () => {
  const root = temporaryFolder()
  const calls = join(temporaryFolder(), 'canceled')
  commands({
    sbatch: 'cat >/dev/null; echo 7',
    ...{ sinfo: 'exit 0', squeue: 'exit 0', scancel: `echo "$@" >>'${calls}'` },
  })
  const claim = await claimed(root)
  const broken = {
    ...claim,
    recordStage: () => {
      throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', errno: -5, syscall: 'write' })
    },
  }
  const stage = await executorOn(root).start(workIn(root), broken, noCommit)
  expect(await stage.outcome).toMatchObject({ type: 'failed', error: { code: 'input-output' } })
  expect(readFileSync(calls, 'utf8')).toBe('7\n')
  expect(holderOfClaim(root, key)).toBeUndefined()
  expect(readdirSync(join(root, 'jobs'))).toEqual([])
})

test('the arrays of a job that Slurm refuses are canceled', async () => {
  const root = temporaryFolder()
  const [calls, input] = [join(temporaryFolder(), 'canceled'), join(temporaryFolder(), 'input')]
  writeFileSync(input, Buffer.alloc(2 * 1024 ** 2))
  commands({
    sbatch:
      'cat >/dev/null; case "$*" in *--array=*) echo 11;; *) echo "sbatch: error: Invalid account" >&2; exit 1;; esac',
    ...{ sinfo: 'exit 0', scontrol: 'exit 0', scancel: `echo "$@" >>'${calls}'` },
  })
  const executor = slurmExecutor({
    ...{
      store: openStore(root),
      site: { arrays: { bytes: '1MiB' } },
      jobCommand: ['llmpipe', 'job'],
      version: '0.1.0',
    },
    hasParts: async () => true,
  })
  const look = { size: 2 * 1024 ** 2, look: ['', '', '', ''] } as const
  const work = { ...workIn(root), files: { in: [{ ...look, path: input, name: 'input', sha256: '0'.repeat(64) }] } }
  const stage = await executor.start(work, await claimed(root), noCommit)
  expect(await stage.outcome).toMatchObject({ type: 'failed', error: { code: 'cannot-start' } })
  expect(readFileSync(calls, 'utf8')).toBe('11\n')
})

test('a store in which no job can be written down frees the claim', async () => {
  const root = temporaryFolder()
  writeFileSync(join(root, 'jobs'), 'a file in the place of the folder')
  commands({ sinfo: 'exit 0' })
  const claim = await claimed(root)
  await expect(executorOn(root).start(workIn(root), claim, noCommit)).rejects.toThrow()
  expect(holderOfClaim(root, key)).toBeUndefined()
})

test('a node that failed is avoided by a runner that is started again, for a day', async () => {
  const root = temporaryFolder()
  addBadNode(root, key, 'n3')
  addBadNode(root, key, '../n4')
  const asked = join(temporaryFolder(), 'asked')
  commands({ sbatch: `cat >/dev/null; echo "$@" >'${asked}'; echo 7`, sinfo: 'exit 0', squeue: 'exit 0' })
  const stage = await executorOn(root).start(workIn(root), await claimed(root), noCommit)
  await new Promise<void>((resolve) => stage.subscribe(() => resolve()))
  stage.interrupt()
  await stage.outcome
  expect(readFileSync(asked, 'utf8')).toMatch(/ --exclude=n3\n/)
  const file = join(root, 'jobs/bad-nodes', key, 'n3')
  utimesSync(file, new Date(0), new Date(Date.now() - 2 * 86_400_000))
  expect(badNodesOf(root, key, Date.now())).toEqual([])
  removeOldBadNodes(root, Date.now())
  expect(existsSync(file)).toBe(false)
})
