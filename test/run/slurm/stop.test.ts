/** `llmpipe stop` on jobs that the queue lists, and on those that it has forgotten. */

import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { stopJob } from '../../../src/run/executors/slurm/stop.ts'
import { holderOfClaim } from '../../../src/store/claim.ts'
import { temporaryFolder } from '../rig.ts'
import { commands, heldJob, key } from './rig.ts'

const patience = { look: 5, save: 60_000, lease: 150 }

/** A job with the id 7 that holds its claim, on a cluster whose queue prints `listed`. */
async function jobOn(listed: string) {
  const root = temporaryFolder()
  const canceled = join(temporaryFolder(), 'canceled')
  commands({ squeue: `echo "${listed}"`, scancel: `echo "$@" >>'${canceled}'; [ "$1" = 7 ]` })
  const { folder, place, job } = await heldJob(root)
  /** Touches the lease as a job that lives does. Returns a function that ends it. */
  const live = () => {
    writeFileSync(folder.lease, '')
    let times = 1
    const timer = setInterval(() => utimesSync(folder.lease, ++times, times), 5)
    const stop = () => clearInterval(timer)
    onTestFinished(stop)
    return stop
  }
  return {
    ...{ root, folder, live },
    stop: (more: Partial<typeof patience> = {}) =>
      stopJob(root, { place, folder, job }, false, { ...patience, ...more }),
    holder: () => holderOfClaim(root, key),
    wasCanceled: () => existsSync(canceled),
    calls: () => readFileSync(canceled, 'utf8'),
  }
}

test('a job that waits is canceled, and its claim is free', async () => {
  const { stop, holder, wasCanceled } = await jobOn('7|PENDING||llmpipe:base||Priority')
  expect(await stop()).toEqual({ type: 'canceled', hadStarted: false })
  expect(wasCanceled()).toBe(true)
  expect(holder()).toBeUndefined()
})

test('a job is canceled with its arrays, of which Slurm may have forgotten some', async () => {
  const { stop, holder, folder, calls } = await jobOn('7|PENDING||llmpipe:base||Dependency')
  writeFileSync(join(folder.path, 'arrays'), '11 12')
  expect(await stop()).toEqual({ type: 'canceled', hadStarted: false })
  expect(calls()).toBe('7\n11 12\n')
  expect(holder()).toBeUndefined()
})

test('a job that the queue has forgotten and that runs keeps its claim until it has saved its work', async () => {
  const { stop, holder, live, folder } = await jobOn('')
  live()
  const stopped = stop()
  await sleep(400)
  expect(holder()).toMatchObject({ id: '7' })
  expect(folder.isAskedToStop).toBe(true)
  const outcome = { type: 'interrupted', step: 4 } as const
  folder.writeEnd({ version: 1, job: '7', restart: 0, node: 'n1', time: 0, outcome, cause: 'stop' })
  expect(await stopped).toEqual({ type: 'ended', outcome })
})

test('a job that the queue has forgotten and that does not stop loses its claim, which ends it', async () => {
  const { stop, holder, live } = await jobOn('')
  const end = live()
  const stopped = stop({ save: 100 })
  await sleep(300)
  expect(holder()).toBeUndefined()
  end()
  expect(await stopped).toEqual({ type: 'canceled', hadStarted: true })
})

test('a job that the queue has forgotten and that is silent is dead', async () => {
  const { stop, holder } = await jobOn('8|RUNNING|n1|other||None')
  expect(await stop()).toEqual({ type: 'canceled', hadStarted: false })
  expect(holder()).toBeUndefined()
})

test.each([
  ['of a site', '7|RUNNING|n1|interactive|project 7|None'],
  ['of another job of llmpipe', `7|PENDING||llmpipe:base|${'c'.repeat(16)}-${'0'.repeat(12)}|Priority`],
])('a job with the id of a forgotten one and the comment %s is not canceled', async (_, listed) => {
  const { stop, wasCanceled } = await jobOn(listed)
  await stop()
  expect(wasCanceled()).toBe(false)
})
