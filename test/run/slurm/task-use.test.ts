/** The use of a cluster includes the tasks that made parts. */

import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import {
  addUse,
  idleSeconds,
  sumOfTasks,
  type TaskUse,
  tasksInWords,
  usesOf,
} from '../../../src/run/executors/slurm/parts/task-use.ts'
import { clusterUseInWords, totalUseInWords } from '../../../src/view/queue-words.ts'
import { temporaryFolder } from '../rig.ts'

const began = (task: number, at: number, node = 'n1'): TaskUse => ({ task, began: at, node, cpus: 2, gpus: 0 })
const ended = (use: TaskUse, seconds: number, made = 1): TaskUse => ({ ...use, done: { made, reused: 0, seconds } })

function folder(): JobFolder {
  const made = new JobFolder(temporaryFolder(), `${'a'.repeat(16)}-${'b'.repeat(12)}`)
  mkdirSync(made.path, { recursive: true })
  return made
}

test('each start of a task counts once, a killed one without its time', () => {
  const here = folder()
  for (const use of [began(0, 1_000), began(1, 1_000, 'n2')]) addUse(here, use)
  addUse(here, ended(began(0, 1_000), 30))
  // Task 1 was killed, in the middle of a line, and started again on another node.
  appendFileSync(join(here.path, 'parts.jsonl'), '{"task":1,"beg')
  appendFileSync(join(here.path, 'parts.jsonl'), '\n')
  addUse(here, began(1, 60_000, 'n3'))
  addUse(here, ended(began(1, 60_000, 'n3'), 10))
  const uses = usesOf(here)
  expect(sumOfTasks(uses)).toEqual({ starts: 3, nodes: ['n1', 'n2', 'n3'], cpuSeconds: 80, gpuSeconds: 0, lost: 1 })
  expect(tasksInWords(uses)).toBe(
    '2 of 2 parts were made now, by 3 tasks on n1, n2, n3, in 40 s of job time; 1 of the tasks was killed, and its parts and time are not counted',
  )
})

test('the tasks of earlier jobs are added; without tasks there is no use', () => {
  const before = { starts: 4, nodes: ['n9'], cpuSeconds: 100, gpuSeconds: 8, lost: 1 }
  expect(sumOfTasks([ended(began(0, 0), 5)], before)).toEqual({
    ...{ starts: 5, nodes: ['n1', 'n9'], cpuSeconds: 110, gpuSeconds: 8, lost: 1 },
  })
  expect(sumOfTasks([], before)).toEqual(before)
  expect(sumOfTasks([])).toBeUndefined()
  expect(usesOf(folder())).toEqual([])
})

test('a stage does not wait while some of its tasks run', () => {
  const uses = [ended(began(0, 10_000), 20), ended(began(1, 20_000), 20), ended(began(2, 70_000), 10), began(3, 0)]
  // 10 s before the first, 30 s between 40 and 70, 20 s after 80.
  expect(idleSeconds(uses, 0, 100_000)).toBe(60)
  expect(idleSeconds([], 0, 100_000)).toBe(100)
  // A clock that is ahead.
  expect(idleSeconds([ended(began(0, 90_000), 60)], 0, 100_000)).toBe(90)
})

test('the sums of a run have core hours and nodes of tasks', () => {
  const tasks = { starts: 12, nodes: ['n1', 'n2', 'n3'], cpuSeconds: 7200, gpuSeconds: 0 }
  const use = { job: '12', node: 'n1', starts: 1, waited: 200, seconds: 1800, cpus: 4, gpus: 0, tasks }
  expect(clusterUseInWords(use)).toBe('slurm job 12 on n1, and 12 tasks on 3 nodes; 4 core hours, 3m 20s in the queue')
  const { tasks: _, ...alone } = { ...use, node: 'n4' }
  expect(totalUseInWords([use, alone])).toBe('2 stages on a cluster: 6 core hours, on 4 nodes, 6m 40s in the queue')
  expect(totalUseInWords([{ ...use, tasks: { ...tasks, lost: 2 } }])).toMatch(/without the time of 2 killed tasks$/)
})
