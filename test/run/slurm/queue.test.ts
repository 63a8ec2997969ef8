/** The queue is asked for all jobs at once, by the command that a folder on PATH holds. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { jobsOfUser, type Listed, Queue } from '../../../src/run/executors/slurm/cluster/queue.ts'
import { temporaryFolder, until } from '../rig.ts'

/** Puts a `squeue` first on PATH, which writes down each call. Returns how often it was called. */
function squeue(script: string): () => number {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'calls'), '')
  writeFileSync(join(folder, 'squeue'), `#!/bin/sh\necho "$@" >>${join(folder, 'calls')}\n${script}\n`)
  chmodSync(join(folder, 'squeue'), 0o755)
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  return () => readFileSync(join(folder, 'calls'), 'utf8').split('\n').length - 1
}

test('one question serves all jobs, and lines that are not jobs are left out', async () => {
  const calls = squeue(
    'printf "Welcome|to|the|cluster\\n7|RUNNING|n1|llmpipe:a|c|None\\n8|PENDING||llmpipe:b|c|Resources | and more\\n"',
  )
  const queue = new Queue()
  const seen = new Map<string, Listed | 'absent'>()
  const stops = ['7', '8', '9'].map((id) => queue.watch(id, (job) => void seen.set(id, job)))
  await until(() => seen.size === 3)
  for (const stop of stops) stop()
  expect(calls()).toBe(1)
  expect(seen.get('7')).toEqual({ state: 'RUNNING', node: 'n1', name: 'llmpipe:a', comment: 'c', reason: '' })
  expect(seen.get('8')).toEqual({
    state: 'PENDING',
    node: '',
    name: 'llmpipe:b',
    comment: 'c',
    reason: 'Resources | and more',
  })
  expect(seen.get('9')).toBe('absent')
})

test('a job that waits for tasks which are held is listed with them', async () => {
  const row = (id: number, comment: string, reason: string) => `${id}|PENDING||llmpipe:a|${comment}|${reason}\\n`
  const held = 'launch failed requeued held'
  const rows = [row(7, 'c', 'Dependency'), row(8, 'd', 'Dependency')]
  const tasks = [
    row(11, 'c-parts', 'Priority'),
    row(12, 'c-parts', held),
    row(13, 'c-parts', held),
    row(14, 'd-parts', ''),
  ]
  squeue(`printf "${[...rows, ...tasks].join('')}"`)
  const answer = await jobsOfUser()
  const jobs = answer.type === 'ok' ? answer.jobs : undefined
  expect(jobs?.get('7')?.stuckTasks).toEqual({ ids: ['12', '13'], reason: held })
  expect(jobs?.get('8')?.stuckTasks).toBeUndefined()
})

test('the tasks of an array are listed each by itself', async () => {
  squeue(
    'printf "12_0|RUNNING|n1|llmpipe:a|c|None\\n12_1|PENDING||llmpipe:a|c|Resources\\n12_[2-4]|PENDING||llmpipe:a|c|x\\n"',
  )
  const answer = await jobsOfUser()
  expect(answer.type === 'ok' && [...answer.jobs].map(([id, { state }]) => [id, state])).toEqual([
    ['12_0', 'RUNNING'],
    ['12_1', 'PENDING'],
  ])
})

test('a job that is added does not put the question off', async () => {
  const calls = squeue('exit 0')
  const queue = new Queue()
  const stops: (() => void)[] = []
  let id = 0
  const adding = setInterval(() => stops.push(queue.watch(`${++id}`, () => {})), 50)
  await until(() => calls() > 0)
  clearInterval(adding)
  for (const stop of stops) stop()
})

test('a controller that does not answer is reported once, and no job is absent for it', async () => {
  squeue('echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1')
  const queue = new Queue()
  const notices: string[] = []
  queue.onNotice = (notice) => notices.push(notice)
  const answers: unknown[] = []
  const stop = queue.watch('7', (job) => answers.push(job))
  await until(() => notices.length > 0)
  squeue('echo "7|RUNNING|n1|llmpipe:a|c|None"')
  await until(() => answers.length > 0)
  stop()
  expect(answers).toEqual([expect.objectContaining({ state: 'RUNNING' })])
  expect(notices).toEqual([expect.stringContaining('Slurm does not answer'), 'Slurm answers again'])
})
