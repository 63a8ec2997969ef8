/** Records that agree with themselves, and are not those of the stage: from a remote cache, or from another store. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { status } from '../../src/run/explain/status.ts'
import { misfit } from '../../src/run/nodes/fits.ts'
import { digestOf } from '../../src/store/payload.ts'
import { remoteAt } from '../../src/store/remote/address.ts'
import { readRecord, recordName, writeRecord } from '../../src/store/remote/layout.ts'
import { RemoteCache } from '../../src/store/remote/remote-cache.ts'
import { seal } from '../../src/store/sealed.ts'
import type { Action } from '../../src/store/store.ts'
import { eventsOf, outcomes, Project, planOf, type Ran, temporaryFolder } from './rig.ts'

const plan = planOf({ a: { params: { say: 'a' } }, b: { params: { say: 'b' }, from: ['a'] } })

function share(project: Project, remote: string): Promise<Ran> {
  const cache = new RemoteCache(remoteAt(remote), project.store, { readOnly: false, silence: 30_000 })
  return project.run(plan, { remote: cache })
}

const foreign: Readonly<Record<string, (action: Action) => Partial<Action>>> = {
  'no outputs': () => ({ outputs: {} }),
  'an output of another name': ({ outputs }) => ({ outputs: { other: outputs.out! } }),
  'an output more': ({ outputs }) => ({ outputs: { ...outputs, more: outputs.out! } }),
  'an output of another kind': ({ outputs }) => ({ outputs: { out: { ...outputs.out!, kind: 'Weights' } } }),
  'another kind of stage': ({ node }) => ({ node: { ...node, kind: 'other' } }),
}

describe.each(Object.entries(foreign))('a record with %s', (_, change) => {
  test('in a remote is a miss with a warning, and is replaced there', async () => {
    const remote = temporaryFolder()
    const first = new Project()
    const ran = await share(first, remote)
    const { key } = eventsOf(ran, 'finished').find(({ id }) => id === 'a')!
    const file = join(remote, recordName(key))
    const record = readRecord(readFileSync(file, 'utf8'), key)!
    writeFileSync(file, writeRecord({ ...record, action: { ...record.action, ...change(record.action) } }))
    const second = new Project()
    const again = await share(second, remote)
    expect(outcomes(again)).toEqual({ a: 'finished', b: 'cached' })
    expect(eventsOf(again, 'log').map(({ message }) => message)).toEqual([
      expect.stringContaining('not taken from the remote cache: its record does not fit this stage'),
    ])
    expect(again.outputs).toEqual(ran.outputs)
    expect(outcomes(await share(new Project(), remote))).toEqual({ a: 'cached', b: 'cached' })
  })

  test('in the store is a miss, and does not stick', async () => {
    const project = new Project()
    const { key } = eventsOf(await project.run(plan), 'finished').find(({ id }) => id === 'a')!
    const action = project.store.read(key)!
    const file = join(project.store.actionFolder(key), 'action.json')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, seal('action', { ...action, ...change(action) }))
    const again = await project.run(plan)
    expect(outcomes(again)).toEqual({ a: 'finished', b: 'cached' })
    expect(eventsOf(again, 'notice')).toMatchObject([{ message: expect.stringContaining('does not fit the stage a') }])
    const [a] = await status(plan, { store: project.store, programDir: project.folder })
    expect(a!.status).toBe('cached')
  })
})

test('an artefact that lacks the files of its kind is a miss', () => {
  const output = (kind: 'Weights' | 'Tokens', ...paths: string[]) => {
    const files = paths.map((path) => ({ path, size: 0, sha256: '0'.repeat(64) }))
    return { node: { id: 'a', name: 'a', kind: 'k' }, outputs: { out: { digest: digestOf(files), kind, files } } }
  }
  const node = (kind: 'Weights' | 'Tokens') => ({
    kind: 'k',
    outputs: [{ name: 'out', type: { kind, model: 'm', tokenizer: 't' } }],
  })
  expect(misfit(node('Weights'), output('Weights'))).toBe('its output out lacks model.safetensors')
  expect(misfit(node('Weights'), output('Weights', 'model.safetensors'))).toBeUndefined()
  expect(misfit(node('Tokens'), output('Tokens', 'tokens.bin'))).toBe('its output out lacks meta.json')
})
