/** Variants in a run: siblings of a failed one go on, what chooses goes without it, and what it left can be looked at. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lookUp } from '../../src/run/explain/status.ts'
import { idsNamed, nodesNamed } from '../../src/run/nodes/select.ts'
import { failureFolder, forgetFailures, readFailure } from '../../src/store/failures.ts'
import { eventsOf, type NodeDraft, outcomes, Project, planOf } from './rig.ts'

/** One after the other, so that a failure comes before its siblings. */
const variant = (lr: string, draft: NodeDraft): NodeDraft => ({
  cpus: 1000,
  params: { say: lr },
  ...draft,
  variant: { of: 'base', values: { lr } },
})

const sweep = (kinds: Readonly<Record<string, string>>, more: Readonly<Record<string, NodeDraft>> = {}) =>
  planOf({
    ...Object.fromEntries(Object.entries(kinds).map(([lr, kind]) => [`base[lr=${lr}]`, variant(lr, { kind })])),
    ...more,
  })
const all = ['base[lr=1]', 'base[lr=2]', 'base[lr=3]']

test('siblings of a variant that failed are made all the same', async () => {
  const plan = sweep({ 1: 'fail', 2: 'text', 3: 'text' }, { after: { from: ['base[lr=1]'] } })
  const went = await new Project().run(plan)
  expect(outcomes(went)).toEqual({
    'base[lr=1]': 'failed',
    after: 'skipped',
    'base[lr=2]': 'finished',
    'base[lr=3]': 'finished',
  })
  expect(went.failed).toBe(1)
})

test('a failure of a stage that is not a variant ends the run', async () => {
  const plan = planOf({ bad: { kind: 'fail', cpus: 1000 }, 'base[lr=1]': variant('1', {}) })
  expect(outcomes(await new Project().run(plan))).toEqual({ bad: 'failed', 'base[lr=1]': 'skipped' })
})

test('a stage that spares failed variants reads the others, and its key is made of the others', async () => {
  const project = new Project()
  const choice: NodeDraft = { from: all, spares: true, params: { say: '', $from: all } }
  const some = sweep({ 1: 'text', 2: 'fail', 3: 'text' }, { choice })
  const went = await project.run(some)
  expect(outcomes(went)).toMatchObject({ 'base[lr=2]': 'failed', choice: 'finished' })
  expect(project.text(went, 'choice')).toBe('13')
  expect(eventsOf(went, 'log').map(({ message }) => message)).toContain('goes without base[lr=2], which failed')

  const looked = await lookUp(some, { store: project.store, programDir: project.folder })
  const found = looked.get('choice')
  expect(found?.action?.outputs).toEqual((await project.store.lookup(found!.keyed!.key))?.outputs)
  expect(found?.node.params).toEqual({ say: '', $from: ['base[lr=1]', 'base[lr=3]'] })
  expect(looked.get('base[lr=2]')).toMatchObject({ lost: true })

  const others = planOf({
    'base[lr=1]': variant('1', {}),
    'base[lr=3]': variant('3', {}),
    choice: { from: ['base[lr=1]', 'base[lr=3]'], params: { say: '' } },
  })
  expect(outcomes(await project.run(others))).toMatchObject({ choice: 'cached' })
})

test('also where what failed stands further back, and not where nothing is left', async () => {
  const back = planOf({
    'gpt[lr=1]': { ...variant('1', { kind: 'fail' }) },
    'base[lr=1]': variant('1', { from: ['gpt[lr=1]'] }),
    'base[lr=2]': variant('2', {}),
    choice: { from: ['base[lr=1]', 'base[lr=2]'], spares: true },
  })
  const went = await new Project().run(back)
  expect(outcomes(went)).toMatchObject({ 'base[lr=1]': 'skipped', choice: 'finished' })
  expect(eventsOf(went, 'log').map(({ message }) => message)).toContain(
    'goes without base[lr=1], which needs gpt[lr=1], and that failed',
  )
  const none = sweep({ 1: 'fail', 2: 'fail' }, { choice: { from: ['base[lr=1]', 'base[lr=2]'], spares: true } })
  expect(outcomes(await new Project().run(none))).toMatchObject({ choice: 'skipped' })
})

test('alone, it does not go without what was only not made', async () => {
  const choice: NodeDraft = { from: ['base[lr=1]', 'base[lr=2]'], spares: true }
  const went = await new Project().run(sweep({ 1: 'text', 2: 'text' }, { choice }), { only: ['choice'] })
  expect(outcomes(went)).toMatchObject({ choice: 'skipped' })
})

test('a failure is kept with its log until the same key succeeds, or is old', async () => {
  const project = new Project()
  const { root } = project.store
  const went = await project.run(sweep({ 1: 'fail' }))
  const { key } = eventsOf(went, 'started')[0]!
  expect(readFailure(root, key)).toMatchObject({ error: { code: 'as-told' }, run: went.run })
  expect(readFileSync(join(failureFolder(root, key), 'log.txt'), 'utf8')).toBe('about to fail\n')
  const again = await project.run(sweep({ 1: 'fail' }))
  expect(eventsOf(again, 'started')[0]!.reason).toBe('failed when it was last tried')
  forgetFailures(root, Date.now() + 60_000)
  expect(readFailure(root, key)).toBeUndefined()
})

test('the timeout of a variant is remembered as its failure', async () => {
  const project = new Project()
  const never = { kind: 'count', params: { steps: 100_000 }, hints: { pace: 5, timeout: 0.2 } }
  const late = await project.run(planOf({ it: never }))
  expect(readFailure(project.store.root, eventsOf(late, 'started')[0]!.key)?.error.code).toBe('timeout')
})

test('a stage that succeeds after it failed leaves no failure', async () => {
  const project = new Project()
  const node = { kind: 'unsteady', params: { dies: 1, steps: 2 } }
  const first = await project.run(planOf({ it: node }))
  const { key } = eventsOf(first, 'started')[0]!
  expect(readFailure(project.store.root, key)?.error.code).toBe('killed')
  expect(outcomes(await project.run(planOf({ it: node })))).toEqual({ it: 'finished' })
  expect(readFailure(project.store.root, key)).toBeUndefined()
})

test('names stand for one node, or for all variants that have their values', () => {
  const plan = planOf({
    'train[seed=1],held_out[seed=1]': {},
    'base[lr=1e-3, seed=1]': {},
    'base[lr=3e-4, seed=1]': {},
    'base[lr=1e-3, seed=1].encode': {},
  })
  const named = (name: string) => nodesNamed(plan, name).map(({ id }) => id)
  expect(named('base')).toEqual(['base[lr=1e-3, seed=1]', 'base[lr=3e-4, seed=1]'])
  expect(named('base[ lr=0.001 ]')).toEqual(['base[lr=1e-3, seed=1]'])
  expect(named('held_out[seed=1]')).toEqual(['train[seed=1],held_out[seed=1]'])
  expect(named('base[lr=1e-3, seed=1].encode')).toEqual(['base[lr=1e-3, seed=1].encode'])
  expect(named('base[lr=7]')).toEqual([])
  expect([...idsNamed(plan, ['base', 'held_out'])]).toHaveLength(3)
})
