/** The runner asks an executor that is full about each size of stage, and not about each stage: there may be 100,000. */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localExecutor } from '../../src/run/executors/local.ts'
import { Project, planOf } from './rig.ts'

/** Runs stages with these numbers of CPUs on a machine with two. Returns how often the runner asked whether there is room. */
async function questions(cpus: readonly number[]): Promise<{ readonly ran: number; readonly asked: number }> {
  const project = new Project()
  project.write('a.txt', 'text')
  const local = localExecutor({ cpus: 2 })
  let asked = 0
  const executor = {
    ...local,
    hasRoom(resources: Parameters<typeof local.hasRoom>[0]) {
      asked++
      return local.hasRoom(resources)
    },
  }
  const nodes = cpus.map((count, i) => [`n${i}`, { files: 'a.txt', cpus: count, params: { say: `${i}` } }] as const)
  const { ran } = await project.run(planOf(Object.fromEntries(nodes)), { executor })
  return { ran, asked }
}

test('stages of equal size: the questions grow with the stages, and not with their square', async () => {
  const { ran, asked } = await questions(Array.from({ length: 20 }, () => 2))
  expect(ran).toBe(20)
  // About 3 for each stage. With a question for each ready stage it would be about 20.
  expect(asked).toBeLessThan(20 * 7)
})

test('a stage for which there is no room does not keep a smaller one behind it from starting', async () => {
  const { ran } = await questions([2, 1, 2, 1, 2, 1])
  expect(ran).toBe(6)
})

/** Runs stages on a machine, and returns the threads that each was given: those that are reserved, and those that are lent. */
async function threadsOf(
  nodes: Parameters<typeof planOf>[0],
  ...machine: Parameters<typeof localExecutor>
): Promise<Record<string, string>> {
  const project = new Project()
  project.write(
    'stage.mjs',
    `process.stdin.once('data', (text) => {
      const { threads, spareThreads = 0 } = JSON.parse(text)
      console.log(threads + '+' + spareThreads)
      // All stages of a test run at the same time.
      setTimeout(() => console.log(JSON.stringify({ event: 'done', report: { metrics: {}, summary: '' } })), 500)
      setTimeout(() => process.exit(0), 510)
    })`,
  )
  const stageCommand = [process.execPath, join(project.folder, 'stage.mjs')]
  const { events } = await project.run(planOf(nodes), { executor: localExecutor(...machine), stageCommand })
  return Object.fromEntries(
    events.flatMap((each) => (each.event === 'log' && each.stage ? [[each.stage, each.message]] : [])),
  )
}

const gib = 1024 ** 3

test('a stage is lent the cores that are free, which another stage can still reserve', async () => {
  expect(await threadsOf({ a: {}, b: { params: { say: 'b' } } }, { cpus: 8, memory: 8 * gib })).toEqual({
    a: '1+7',
    b: '1+0',
  })
})

test('a stage without parts is lent no cores, so that one with parts gets them', async () => {
  const machine = { cpus: 8, memory: 8 * gib }
  const nodes = { a: {}, b: { params: { say: 'b' } } }
  expect(await threadsOf(nodes, machine, async ({ id }) => id === 'b')).toEqual({ a: '1+0', b: '1+6' })
})

test('a stage is lent no more cores than there is memory for, and none if it says how many it takes', async () => {
  const machine = { cpus: 8, memory: gib }
  expect(await threadsOf({ a: { memory: gib / 2 } }, machine)).toEqual({ a: '1+2' })
  expect(await threadsOf({ a: { cpus: 2, hints: { cpus: 2 } } }, machine)).toEqual({ a: '2+0' })
})
