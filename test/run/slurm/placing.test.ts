/** Variants of a `for` are submitted as tasks of one job array, each the job of its own stage. */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import type { SlurmSite } from '../../../src/run/executors/slurm/site.ts'
import { type Placed, Placing } from '../../../src/run/executors/slurm/submit/placing.ts'
import { rangesOf, type Submission } from '../../../src/run/executors/slurm/submit/submit.ts'
import { asKey } from '../../brands.ts'
import { temporaryFolder } from '../rig.ts'
import { commands, workIn } from './rig.ts'

/** The command of a job: a script that prints its arguments. */
const echo = ['echo', 'job']

/** The job of one variant of `base`, or of a stage of its own. */
function submissionIn(
  root: string,
  index: number,
  more: { cpus?: number; isVariant?: boolean; site?: SlurmSite } = {},
): Submission {
  const { cpus = 1, isVariant = true, site = {} } = more
  const work = workIn(root)
  const key = asKey(index.toString(16).padStart(2, '0').repeat(32))
  const variant = isVariant ? { variant: { of: 'base', values: { i: `${index}` } } } : {}
  const node = { ...work.node, name: `base[i=${index}]`, ...variant, resources: { ...work.node.resources, cpus } }
  const own = { ...work, key, node }
  const file = { version: 1, llmpipe: '0', work: own, claim: { key, attempt: 1, text: '' }, time: 0 } as const
  return { work: own, folder: JobFolder.make(root, file), site, command: echo, exclude: [] }
}

/** Plays Slurm: each call of `sbatch` is answered by `answer`, a piece of shell with the number of the call in `$n`. Returns the calls and scripts so far. */
function cluster(answer = 'echo $n', more: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'calls'), '')
  commands({
    // One call counts itself at a time.
    sbatch: `until mkdir '${folder}/lock' 2>/dev/null; do sleep 0.01; done; echo "$*" >>'${folder}/calls'; n=$(wc -l <'${folder}/calls' | tr -d ' '); rmdir '${folder}/lock'; cat >'${folder}/script'$n; ${answer}`,
    scontrol: 'echo "MaxArraySize = 5"',
    squeue: 'exit 0',
    ...more,
  })
  return {
    calls: () =>
      readFileSync(join(folder, 'calls'), 'utf8')
        .trimEnd()
        .split('\n')
        .filter((line) => line !== ''),
    script: (call: number) => join(folder, `script${call}`),
  }
}

function placing() {
  const notices: string[] = []
  const turn = vi.fn(async () => {})
  return { placing: new Placing({ turn, notice: (message) => void notices.push(message) }), notices, turn }
}

const idsOf = (placed: readonly Placed[]) => placed.map((each) => (each !== undefined && 'id' in each ? each.id : each))
const never = new AbortController().signal
const option = (call = '', name: string) => new RegExp(`--${name}=(\\S*)`).exec(call)?.[1]

test('variants that ask for the same are one call of sbatch, and each task does the job of its own stage', async () => {
  const root = join(temporaryFolder(), "it's a store")
  const { calls, script } = cluster()
  const { placing: own, turn } = placing()
  const submissions = [0, 1, 2].map((index) => submissionIn(root, index))
  const placed = await Promise.all(submissions.map((each) => own.place(each, never)))
  expect(idsOf(placed)).toEqual(['1_0', '1_1', '1_2'])
  expect(calls()).toHaveLength(1)
  expect(turn).toHaveBeenCalledTimes(1)
  expect(option(calls()[0], 'array')).toBe('0-2')
  expect(option(calls()[0], 'job-name')).toBe('llmpipe:base')
  for (const [index, { folder }] of submissions.entries()) {
    const env = { ...process.env, SLURM_ARRAY_TASK_ID: `${index}` }
    expect(execFileSync('bash', [script(1)], { env, encoding: 'utf8' })).toBe(`job ${folder.path}\n`)
    // Others know the task by its id and the comment of the array, and find what its script printed.
    const fresh = new JobFolder(root, folder.name)
    expect(fresh.commentOf(`1_${index}`)).toBe(option(calls()[0], 'comment'))
    writeFileSync(
      option(calls()[0]!.replace(/it's a /, "it's_a_"), 'output')!
        .replace("it's_a_", "it's a ")
        .replace('%a', `${index}`),
      `said by ${index}\n`,
    )
    expect(fresh.lastOutput()).toEqual([`said by ${index}`])
  }
})

test('variants that ask for something else, stages that are not variants, and a site without arrays get jobs of their own', async () => {
  const root = temporaryFolder()
  const { calls } = cluster()
  const { placing: own } = placing()
  const placed = await Promise.all([
    own.place(submissionIn(root, 0), never),
    own.place(submissionIn(root, 1, { cpus: 2 }), never),
    own.place(submissionIn(root, 2, { isVariant: false }), never),
    own.place(submissionIn(root, 3, { site: { arrays: false } }), never),
    own.place(submissionIn(root, 4, { site: { arrays: false } }), never),
  ])
  expect(new Set(idsOf(placed))).toEqual(new Set(['1', '2', '3', '4', '5']))
  expect(calls().filter((call) => call.includes('--array'))).toEqual([])
})

test('arrays respect MaxArraySize, and run no more tasks at once than the site says', async () => {
  const root = temporaryFolder()
  const { calls } = cluster()
  const { placing: own } = placing()
  const site = { arrays: { atOnce: 2 } }
  const placed = await Promise.all(
    Array.from({ length: 12 }, (_, index) => own.place(submissionIn(root, index, { site }), never)),
  )
  expect(calls().map((call) => option(call, 'array'))).toEqual(['0-4%2', '0-4%2', '0-1%2'])
  expect(new Set(idsOf(placed)).size).toBe(12)
})

test('an array for which the queue has no room is divided, and the rest waits for room', async () => {
  const root = temporaryFolder()
  // At most two jobs at once.
  const { calls } = cluster(
    'case "$*" in *--array=0-3*) echo "sbatch: error: QOSMaxSubmitJobPerUserLimit" >&2; echo "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit)" >&2; exit 1;; esac; echo $n',
  )
  const { placing: own } = placing()
  const placed = await Promise.all([0, 1, 2, 3].map((index) => own.place(submissionIn(root, index), never)))
  expect(
    calls()
      .map((call) => option(call, 'array'))
      .sort(),
  ).toEqual(['0-1', '0-3', '2-3'])
  // Each keeps its number: a first call whose answer was lost would have the same tasks.
  const [arrays, indices] = [0, 1].map((at) => idsOf(placed).map((id) => String(id).split('_')[at]))
  expect(indices).toEqual(['0', '1', '2', '3'])
  expect(arrays![0]).toBe(arrays![1])
  expect(arrays![2]).toBe(arrays![3])
  expect(arrays![0]).not.toBe(arrays![2])
})

test('a refusal for another reason fails all variants at once', async () => {
  const root = temporaryFolder()
  const { calls } = cluster(
    'echo "sbatch: error: Invalid account or account/partition combination specified" >&2; exit 1',
  )
  const { placing: own } = placing()
  const placed = await Promise.all([0, 1].map((index) => own.place(submissionIn(root, index), never)))
  for (const each of placed) expect(each).toMatchObject({ code: 'cannot-start' })
  expect(calls()).toHaveLength(1)
})

test('tasks that were submitted though the answer of sbatch was lost are found in the queue', {
  timeout: 20_000,
}, async () => {
  const root = temporaryFolder()
  const listed = join(temporaryFolder(), 'listed')
  const { calls } = cluster(
    // The controller takes the array, and lists its tasks under the comment.
    `comment=$(echo "$*" | sed 's/.*--comment=\\([^ ]*\\).*/\\1/'); for i in 0 1; do echo "77_$i|PENDING||llmpipe:base|$comment|None"; done >'${listed}'; echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1`,
    { squeue: `cat '${listed}'` },
  )
  const { placing: own, notices } = placing()
  const placed = await Promise.all([0, 1].map((index) => own.place(submissionIn(root, index), never)))
  expect(idsOf(placed)).toEqual(['77_0', '77_1'])
  expect(calls()).toHaveLength(1)
  expect(notices).toEqual([expect.stringContaining('no job can be submitted now')])
})

test('a variant whose run leaves before the array is submitted is not part of it', async () => {
  const root = temporaryFolder()
  const { calls } = cluster()
  const { placing: own } = placing()
  const left = new AbortController()
  const placed = [0, 1, 2].map((index) => own.place(submissionIn(root, index), index === 1 ? left.signal : never))
  left.abort()
  expect(idsOf(await Promise.all(placed))).toEqual(['1_0', undefined, '1_1'])
  expect(calls().map((call) => option(call, 'array'))).toEqual(['0-1'])
})

test('what a task printed goes with its folder', async () => {
  const root = temporaryFolder()
  cluster()
  const { placing: own } = placing()
  const submissions = [0, 1].map((index) => submissionIn(root, index))
  await Promise.all(submissions.map((each) => own.place(each, never)))
  const [{ folder }] = submissions as [Submission, Submission]
  writeFileSync(folder.output, 'x')
  folder.remove()
  expect(existsSync(folder.output)).toBe(false)
})

test('indices are written as sbatch takes them', () => {
  expect(rangesOf([3, 0, 1, 2, 7, 9, 10])).toBe('0-3,7,9-10')
})
