/** A longer training continues from the state of a shorter one. Real processes run a kind that counts. */

import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/values/json.ts'
import { status } from '../../src/run/explain/status.ts'
import { printWhy, why } from '../../src/run/explain/why.ts'
import { collect, planCollection } from '../../src/store/care/collect.ts'
import { inventory } from '../../src/store/care/inventory.ts'
import { eventsOf, Project, planOf, type Ran } from './rig.ts'

/** Counts to `steps`; the first `shared` of them are the same for any number. */
function counting(steps: number, shared = steps, params: JsonObject = {}, hints: JsonObject = {}) {
  const continues = { without: ['params.steps', 'params.decay'], until: shared }
  return planOf({ it: { kind: 'count', params: { steps, ...params }, hints, ...(shared > 0 ? { continues } : {}) } })
}

const started = (ran: Ran) => eventsOf(ran, 'started')[0]!
/** The steps that a run did itself. */
const stepsDone = (ran: Ran) => eventsOf(ran, 'metric').map(({ step }) => step)
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const states = ({ store }: Project) =>
  inventory(store)
    .entries.filter(({ shelf }) => shelf === 'states')
    .map(({ name }) => Number(name.split('-')[1]))
const stateFolder = ({ store }: Project) => {
  const [entry] = inventory(store).entries.filter(({ shelf }) => shelf === 'states')
  return store.shelf('states').folder(entry!.name)
}
const sumFromNothing = async (steps: number) => {
  const project = new Project()
  return project.text(await project.run(counting(steps, 0)), 'it', 'out', 'sum')
}

describe('a longer run', () => {
  test('continues where the shorter one ended, reports that, and ends with the same bytes and all metrics', async () => {
    const project = new Project()
    const first = await project.run(counting(10))
    expect(started(first).resumedFrom).toBeUndefined()
    expect(states(project)).toEqual([10])
    const options = { store: project.store, programDir: project.folder }
    const reason = 'steps: 10 → 25, line 1; continues from step 10'
    expect((await status(counting(25), options))[0]).toMatchObject({ status: 'run', reason })
    expect(printWhy((await why(counting(25), 'it', options))!)).toContain('  it continues from step 10')

    const second = await project.run(counting(25))
    expect(started(second)).toMatchObject({ resumedFrom: 10, reason })
    expect(stepsDone(second)).toEqual(upTo(11, 25))
    expect(project.text(second, 'it', 'out', 'sum')).toBe(await sumFromNothing(25))
    const action = project.store.read(started(second).key)!
    const metrics = readFileSync(join(project.store.actionFolder(action.key), 'metrics.jsonl'), 'utf8')
    expect(
      metrics
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).step),
    ).toEqual(upTo(1, 25))
    // The state of the longer one takes its place; nothing is left behind.
    expect(states(project)).toEqual([25])
    expect(readdirSync(join(project.store.root, 'work'))).toEqual([])
  })

  test('continues from before the steps that depend on the total number', async () => {
    const project = new Project()
    await project.run(counting(10, 8))
    expect(states(project)).toEqual([8])
    const longer = await project.run(counting(20, 16, { decay: 2 }))
    expect(started(longer).resumedFrom).toBe(8)
    expect(stepsDone(longer)).toEqual(upTo(9, 20))
    expect(states(project)).toEqual([16])
    expect(project.text(longer, 'it', 'out', 'sum')).toBe(await sumFromNothing(20))
  })

  test('starts over if the state has more steps, if another setting changed, and if no steps are shared', async () => {
    const project = new Project()
    await project.run(counting(10))
    for (const plan of [counting(5), counting(25, 25, { lr: 2 }), counting(25, 0)])
      expect(started(await project.run(plan)).resumedFrom).toBeUndefined()
  })

  test('starts over if it is forced', async () => {
    const project = new Project()
    await project.run(counting(10))
    const forced = await project.run(counting(25), { force: ['it'] })
    expect(stepsDone(forced)).toEqual(upTo(1, 25))
  })

  test('that is killed resumes from its own last step', async () => {
    const project = new Project()
    await project.run(counting(10))
    const stopAt = join(project.folder, 'stop')
    writeFileSync(stopAt, '17')
    const hard = new AbortController()
    const soft = new AbortController().signal
    const killed = project.run(counting(25, 25, {}, { stopAt }), {
      signal: { soft, hard: hard.signal },
      onEvent: (event) => {
        if (event.event === 'checkpoint' && event.step === 17) hard.abort()
      },
    })
    expect((await killed).interrupted).toBe(1)
    writeFileSync(stopAt, '0')
    const again = await project.run(counting(25, 25, {}, { stopAt }))
    expect(started(again).resumedFrom).toBe(17)
    expect(project.text(again, 'it', 'out', 'sum')).toBe(await sumFromNothing(25))
  })
})

describe('the state', () => {
  test.each<readonly [how: string, damage: (folder: string) => void]>([
    ['has other bytes', (folder) => writeFileSync(join(folder, 'checkpoints', 'state'), '10 12345')],
    ['lacks its record', (folder) => rmSync(join(folder, 'record.json'))],
    ['lacks a file', (folder) => rmSync(join(folder, 'metrics.jsonl'))],
  ])('that %s is told of and moved aside, and the run begins anew', async (_, damage) => {
    const project = new Project()
    await project.run(counting(10))
    damage(stateFolder(project))
    const second = await project.run(counting(25))
    expect(eventsOf(second, 'log').map(({ message }) => message)).toEqual([
      'the saved state of step 10 is corrupt and was not used',
    ])
    expect(started(second).resumedFrom).toBeUndefined()
    expect(project.text(second, 'it', 'out', 'sum')).toBe(await sumFromNothing(25))
    expect(readdirSync(join(project.store.root, 'damaged'))).toHaveLength(1)
  })

  test('is collected by age like artefacts', async () => {
    const project = new Project()
    await project.run(counting(10))
    const old = new Date(Date.now() - 864e5)
    utimesSync(stateFolder(project), old, old)
    const collected = collect(
      project.store,
      planCollection(inventory(project.store), { before: Date.now() - 36e5 }, new Set()),
    )
    expect(collected.objects).toEqual([])
    expect(collected.entries).toHaveLength(1)
    expect(states(project)).toEqual([])
    expect(started(await project.run(counting(25))).resumedFrom).toBeUndefined()
  })
})
