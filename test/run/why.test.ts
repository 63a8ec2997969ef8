import { expect, test } from 'vitest'
import type { Key } from '../../src/core/artefact.ts'
import { status } from '../../src/run/explain/status.ts'
import { printWhy, why } from '../../src/run/explain/why.ts'
import { damage, type NodeDraft, Project, planOf } from './rig.ts'

const nodes = (over: Record<string, Partial<NodeDraft>> = {}) =>
  planOf({
    read: { files: '*.txt', ...over.read },
    clean: {
      from: ['read'],
      params: { take: 4, where: { op: '>', right: 5 }, $where: 'words > 5' },
      line: 12,
      ...over.clean,
    },
    model: { from: ['clean'], params: { say: 'm', optimizer: { call: 'adamw', lr: 0.001 } }, line: 34, ...over.model },
  })

async function made(): Promise<{ project: Project; options: { store: Project['store']; programDir: string } }> {
  const project = new Project()
  project.write('a.txt', 'hello')
  await project.run(nodes())
  return { project, options: { store: project.store, programDir: project.folder } }
}

test('status says what is cached and why the rest would run', async () => {
  const { project, options } = await made()
  const reasons = async (plan = nodes()) =>
    (await status(plan, options)).map(({ status, reason }) => `${status}: ${reason}`)
  expect(await reasons()).toEqual(['cached: unchanged', 'cached: unchanged', 'cached: unchanged'])
  project.write('b.txt', 'more')
  expect(await reasons()).toEqual([
    'run: b.txt was added',
    'run: depends on read, which runs',
    'run: depends on clean, which runs',
  ])
  expect(await status(planOf({ new: { params: { say: 1 } } }), options)).toMatchObject([
    { status: 'run', reason: 'first run' },
  ])
})

test('why names the fields that differ, in the words of the file', async () => {
  const { options } = await made()
  const faster = nodes({ model: { params: { say: 'm', optimizer: { call: 'adamw', lr: 0.0003 } } } })
  expect((await why(faster, 'model', options))!.lines).toEqual(['optimizer.lr: 0.001 → 0.0003, line 34'])
  const other = { take: 4, where: { op: '>', right: 8 }, $where: 'words > 8' }
  expect((await why(nodes({ clean: { params: other } }), 'clean', options))!.lines).toEqual([
    'where: words > 5 → words > 8, line 12',
  ])
  expect((await why(nodes({ clean: { version: 2 } }), 'clean', options))!.lines).toEqual([
    'text itself changed in llmpipe (version 1 → 2)',
  ])
})

test('why goes back to the root cause, before and after the run', async () => {
  const { project, options } = await made()
  project.write('a.txt', 'other')
  expect(printWhy((await why(nodes(), 'model', options))!)).toEqual([
    'model runs:',
    '  depends on clean, which runs',
    '  clean runs:',
    '    depends on read, which runs',
    '    read runs:',
    '      a.txt changed',
  ])
  const ran = await project.run(nodes())
  expect(printWhy((await why(nodes(), 'model', options))!)).toEqual([
    `model is cached (made by run ${ran.run}); it ran because:`,
    '  input `from` (clean) changed',
    `  clean is cached (made by run ${ran.run}); it ran because:`,
    '    input `from` (read) changed',
    `    read is cached (made by run ${ran.run}); it ran because:`,
    '      a.txt changed',
  ])
})

test('a renamed stage is compared with itself', async () => {
  const { options } = await made()
  const plan = planOf({ source: { files: '*.txt', params: { take: 3 } } })
  expect((await status(plan, options))[0]!.reason).toBe('take: 3 is new, line 1')
})

test('a corrupt artefact or record is moved aside and made again', async () => {
  const { project, options } = await made()
  const first = await project.run(nodes())
  const object = project.store.objectFolder(first.outputs.clean!.out!)
  damage(`${object}/text`, 'longer than it was')
  expect((await status(nodes(), options)).map(({ reason }) => reason)).toEqual([
    'unchanged',
    'its artefact is missing or corrupt',
    'depends on clean, which runs',
  ])
  expect(await project.run(nodes())).toMatchObject({ ran: 1, cached: 2 })
  const { key } = first.events.find((event) => event.event === 'cached' && event.id === 'model') as { key: Key }
  damage(`${project.store.actionFolder(key)}/action.json`, '{"sha256":')
  expect(await project.run(nodes())).toMatchObject({ ran: 1, cached: 2 })
})
