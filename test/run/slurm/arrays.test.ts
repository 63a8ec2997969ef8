/** How the parts of a stage are divided among the tasks of job arrays. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PartedWork } from '../../../src/core/kind/stage.ts'
import { arraysOf, tasksFor } from '../../../src/run/executors/slurm/parts/arrays.ts'
import { shareOf } from '../../../src/run/executors/slurm/parts/parts-process.ts'

const gib = 1024 ** 3

test('a stage gets a task for each 512 MiB of its input, and none if one task would do', () => {
  expect(tasksFor(0.4 * gib, {})).toBe(0)
  expect(tasksFor(4 * gib, {})).toBe(8)
  expect(tasksFor(1000 * gib, {})).toBe(256)
  expect(tasksFor(4 * gib, { arrays: { bytes: '1GiB', tasks: 3 } })).toBe(3)
  expect(tasksFor(1000 * gib, { arrays: false })).toBe(0)
})

test('arrays have each task once, and none has more than the cluster allows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 60 }), (tasks, limit) => {
      const arrays = arraysOf(tasks, limit)
      const numbers = arrays.flatMap(({ offset, count }) => Array.from({ length: count }, (_, i) => offset + i))
      expect(numbers).toEqual(Array.from({ length: tasks }, (_, i) => i))
      for (const { count } of arrays) expect(count).toBeLessThanOrEqual(Math.max(1, limit))
    }),
  )
})

test('the shares of all tasks are all parts, each once', async () => {
  const work: PartedWork = {
    total: 70,
    async *tasks() {
      for (let i = 0; i < 7; i++) yield { task: i, size: 10 }
    },
    open: () => Promise.reject(new Error('no part is opened')),
  }
  const numbers: unknown[] = []
  for (let index = 0; index < 3; index++)
    for await (const { task } of shareOf(work, work.tasks(), index, 3).tasks()) numbers.push(task)
  expect(numbers).toEqual([0, 3, 6, 1, 4, 2, 5])
})
