/** Runs with a remote cache: between machines (each a store of its own), and with everything that goes wrong there. */

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import type { RunOptions } from '../../src/run/options.ts'
import { remoteAt } from '../../src/store/remote/address.ts'
import { RemoteCache } from '../../src/store/remote/remote-cache.ts'
import { type Fault, type FaultyProxy, startProxy } from '../store/remote/faulty-proxy.ts'
import { bucket, envFor, type S3Server, startS3 } from '../store/remote/s3-server.ts'
import { contents, damage, eventsOf, outcomes, Project, planOf, type Ran, temporaryFolder } from './rig.ts'

let server: S3Server
let proxy: FaultyProxy
let address: string
beforeAll(async () => {
  server = await startS3()
})
beforeEach(async () => {
  await proxy?.stop()
  proxy = await startProxy(server.endpoint)
  Object.assign(process.env, envFor(proxy.endpoint))
  address = `s3://${bucket}/${randomBytes(6).toString('hex')}`
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
  for (const name of Object.keys(envFor(''))) delete process.env[name]
})

/** `a` takes a file, `b` has two outputs, `c` takes both. */
const plan = planOf({
  a: { params: { say: 'a' }, files: 'input' },
  b: { params: { say: 'b' }, from: ['a'], outputs: ['one', 'two'] },
  c: { params: { say: 'c' }, from: ['b.one', 'b.two'] },
})
const all = (outcome: string) => ({ a: outcome, b: outcome, c: outcome })

interface Sharing extends Partial<RunOptions> {
  readonly at?: string
  readonly readOnly?: boolean
  /** Long, so that a busy machine is not taken for a silent server. */
  readonly silence?: number
}

class Machine extends Project {
  constructor() {
    super()
    this.write('input', 'input')
  }

  /** A run with a remote of its own, as each process has. */
  async share(
    what: Plan = plan,
    { at = address, readOnly = false, silence = 30_000, ...options }: Sharing = {},
  ): Promise<Ran> {
    const remote = new RemoteCache(remoteAt(at), this.store, { readOnly, silence })
    const ran = await this.run(what, { ...options, remote })
    await remote.close()
    expect(existsSync(join(this.store.root, 'tmp')) ? readdirSync(join(this.store.root, 'tmp')) : []).toEqual([])
    return ran
  }
}

const notices = (ran: Ran) => eventsOf(ran, 'notice').map(({ message }) => message)
const warnings = (ran: Ran) => eventsOf(ran, 'log').map(({ id, message }) => `${id}: ${message}`)
const puts = () => proxy.requests.filter((each) => !/^(GET|HEAD) /.test(each))

/** A machine that has run the plan and pushed it. */
async function pushed(): Promise<Machine> {
  const machine = new Machine()
  const ran = await machine.share()
  expect(outcomes(ran)).toEqual(all('finished'))
  expect(ran.remote).toMatchObject({ pulled: 0, pushed: 3, unpushed: 0 })
  proxy.requests.length = 0
  return machine
}

describe.each(['a bucket of S3', 'a folder'])('%s', (where) => {
  const at = () => (where === 'a folder' ? { at: folder } : {})
  let folder: string
  beforeEach(() => {
    folder = temporaryFolder()
  })

  test('one machine pulls the outputs of another, with the same bytes, logs and history', async () => {
    const [one, two] = [new Machine(), new Machine()]
    const first = await one.share(plan, at())
    const second = await two.share(plan, at())
    expect(outcomes(second)).toEqual(all('cached'))
    expect(second.outputs).toEqual(first.outputs)
    expect(second.remote).toMatchObject({ pulled: 3, pushed: 0, unpushed: 0 })
    expect(eventsOf(second, 'cached').every(({ from }) => from === 'remote')).toBe(true)
    expect(two.objects()).toEqual(one.objects())
    expect(contents(join(two.store.root, 'actions'))).toEqual(contents(join(one.store.root, 'actions')))
    expect(await two.store.earlier({ id: 'b', kind: 'text' })).toHaveLength(1)
    // From now on it is a hit like any other.
    const third = await two.run(plan)
    expect(outcomes(third)).toEqual(all('cached'))
    expect(eventsOf(third, 'cached').some(({ from }) => from !== undefined)).toBe(false)
  })

  test('a result that a person vouches for is not pushed, and the run says so', async () => {
    const one = new Machine()
    await one.run(plan)
    const [b] = await one.store.earlier({ id: 'b', kind: 'text' })
    const by = 'ada on lab-3'
    const vouched = { how: 'adopted', by, from: '/data/b', changes: [] } as const
    await one.store.take({ ...b!, vouched }, {}, {})
    const ran = await one.share(plan, at())
    expect(ran.remote).toMatchObject({ pushed: 2, unpushed: 0 })
    expect(warnings(ran)).toEqual([
      'b: its result was not made by this stage: it is adopted by ada on lab-3 from /data/b',
    ])
    const two = await new Machine().share(plan, at())
    expect(outcomes(two)).toEqual({ ...all('cached'), b: 'finished' })
  })

  test('outputs that were made without the remote are pushed once it is there', async () => {
    const one = new Machine()
    await one.run(plan)
    expect((await one.share(plan, at())).remote).toMatchObject({ pushed: 3 })
    expect((await one.share(plan, at())).remote).toMatchObject({ pushed: 0, unpushed: 0 })
    expect((await new Machine().share(plan, at())).remote).toMatchObject({ pulled: 3 })
  })

  test('two machines at the same time end with the same bytes', async () => {
    const [one, two] = [new Machine(), new Machine()]
    const [first, second] = await Promise.all([one.share(plan, at()), two.share(plan, at())])
    expect(first.outputs).toEqual(second.outputs)
    expect(first.failed + second.failed).toBe(0)
    expect(outcomes(await new Machine().share(plan, at()))).toEqual(all('cached'))
  })
})

test('only what is not there is sent: a run with nothing to do asks nothing', async () => {
  const machine = await pushed()
  await machine.share()
  expect(proxy.requests).toEqual([])
  machine.write('input', 'other')
  await machine.share(
    planOf({ a: { params: { say: 'a' }, files: 'input' }, d: { params: { say: 'a' }, files: 'input', version: 2 } }),
  )
  // Two actions that give the same bytes, at the same time: a blob of them, and two records. Their empty logs are there.
  expect(puts().filter((each) => each.includes('/actions/'))).toHaveLength(2)
  expect(puts().filter((each) => each.includes('/blobs/'))).toHaveLength(1)
})

test('a stage that is forced runs, and what it gave is pushed', async () => {
  await pushed()
  const ran = await new Machine().share(plan, { force: ['a'] })
  expect(outcomes(ran)).toEqual({ ...all('cached'), a: 'finished' })
  expect(ran.remote).toMatchObject({ pulled: 2, pushed: 1 })
})

test('read-only: it is pulled from, and nothing is put there', async () => {
  await pushed()
  const machine = new Machine()
  const ran = await machine.share(
    planOf({ a: { params: { say: 'a' }, files: 'input' }, z: { params: { say: 'z' }, from: ['a'] } }),
    { readOnly: true },
  )
  expect(outcomes(ran)).toEqual({ a: 'cached', z: 'finished' })
  expect(ran.remote).toMatchObject({ pulled: 1, pushed: 0, unpushed: 0 })
  expect(puts()).toEqual([])
})

describe('the remote has corrupt or missing files', () => {
  test.each<[Fault, string]>([
    ['garble', 'it has another SHA-256'],
    ['truncate', 'of 6 bytes'],
  ])('%s: the stage runs, says why, and puts in order what is there', async (fault, why) => {
    const one = await pushed()
    const [sha256] = Object.values((await one.store.earlier({ id: 'a', kind: 'text' }))[0]!.outputs).flatMap(
      ({ files }) => files.map((file) => file.sha256),
    )
    proxy.fault = (method, path) => (method === 'GET' && path.includes(sha256!) ? fault : 'pass')
    const two = new Machine()
    const ran = await two.share()
    expect(outcomes(ran)).toEqual({ ...all('cached'), a: 'finished' })
    expect(warnings(ran)).toEqual([expect.stringContaining('a: not taken from the remote cache: its file text')])
    expect(warnings(ran)[0]).toContain(why)
    expect(notices(ran)).toEqual([])
    expect(two.objects()).toEqual(one.objects())
    // It was there and of the right size, and was put there all the same.
    expect(puts().some((each) => each.includes(sha256!))).toBe(true)
    proxy.fault = () => 'pass'
    expect(outcomes(await new Machine().share())).toEqual(all('cached'))
  })

  test('a record that is corrupt, or is that of another key, is a miss', async () => {
    const folder = temporaryFolder()
    await new Machine().share(plan, { at: folder })
    const records = readdirSync(join(folder, 'actions'), { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name))
    const texts = records.map((path) => readFileSync(path, 'utf8'))
    for (const wrong of [texts[0]!.replace('"seconds"', '"second"'), '', '<html>', '{}', '{"sha256":"0"}', texts[1]!]) {
      writeFileSync(records[0]!, wrong)
      const ran = await new Machine().share(plan, { at: folder, readOnly: true })
      expect(ran).toMatchObject({ ran: 1, cached: 2, failed: 0 })
      expect(warnings(ran)).toEqual([expect.stringContaining('its record is corrupt')])
    }
  })

  test('a record outlives its blobs: a miss', async () => {
    const folder = temporaryFolder()
    await new Machine().share(plan, { at: folder })
    rmSync(join(folder, 'blobs'), { recursive: true })
    const ran = await new Machine().share(plan, { at: folder })
    expect(ran).toMatchObject({ ran: 3, failed: 0, remote: { pushed: 3 } })
    expect(outcomes(await new Machine().share(plan, { at: folder }))).toEqual(all('cached'))
  })

  test('the artefact is here, and corrupt: it is pulled again', async () => {
    const machine = await pushed()
    const [object] = Object.keys(machine.objects())
    damage(join(machine.store.root, 'objects', object!), 'shorter')
    const ran = await machine.share()
    expect(outcomes(ran)).toEqual(all('cached'))
    expect(ran.remote).toMatchObject({ pulled: 1 })
  })
})

describe('an outage is not a failure', () => {
  /** All stages ran, and the end of the use of the remote was reported once. */
  async function goesOn(ran: Ran, ...words: string[]): Promise<void> {
    expect(ran.failed + ran.skipped + ran.interrupted).toBe(0)
    expect(notices(ran)).toEqual([expect.stringContaining(`remote cache ${address}: `)])
    for (const each of words) expect(notices(ran)[0]).toContain(each)
  }

  test('nobody is there', async () => {
    await proxy.stop()
    const ran = await new Machine().share()
    await goesOn(ran, 'ECONNREFUSED', 'it is no longer used')
    expect(ran.remote).toMatchObject({ pushed: 0, unpushed: 3 })
  })

  test('the remote does not answer', async () => {
    proxy.fault = () => 'hang'
    const ran = await new Machine().share(plan, { silence: 500 })
    await goesOn(ran, 'does not answer')
    // What was asked before it was known, the tries of the SDK included.
    expect(proxy.requests.length).toBeLessThan(5)
  })

  test('the remote stops answering in the middle of a file', async () => {
    await pushed()
    proxy.fault = (_, path) => (path.includes('/blobs/') ? 'stall' : 'pass')
    await goesOn(await new Machine().share(plan, { silence: 500 }), 'does not answer')
  })

  test('the remote dies in the middle of a pull', async () => {
    await pushed()
    proxy.fault = (_, path) => (path.includes('/blobs/') ? 'die' : 'pass')
    const machine = new Machine()
    const ran = await machine.share()
    await goesOn(ran, 'it is no longer used')
    expect(outcomes(ran)).toEqual(all('finished'))
  })

  test('the remote dies in the middle of a push, and the next run pushes the rest', async () => {
    let count = 0
    proxy.fault = (method) => (method === 'PUT' && ++count > 2 ? 'die' : 'pass')
    const machine = new Machine()
    const ran = await machine.share()
    await goesOn(ran)
    expect(ran.remote!.unpushed).toBeGreaterThan(0)
    await proxy.stop()
    proxy = await startProxy(server.endpoint)
    process.env.AWS_ENDPOINT_URL = proxy.endpoint
    const again = await machine.share()
    expect(outcomes(again)).toEqual(all('cached'))
    expect(again.remote!.pushed).toBe(ran.remote!.unpushed)
    expect(outcomes(await new Machine().share())).toEqual(all('cached'))
  })

  test('a connection that breaks once is tried again', async () => {
    await pushed()
    const broken = new Set<string>()
    proxy.fault = (method, path) => {
      if (method !== 'GET' || broken.has(path)) return 'pass'
      broken.add(path)
      return 'break'
    }
    const ran = await new Machine().share()
    expect(outcomes(ran)).toEqual(all('cached'))
    expect(notices(ran)).toEqual([])
  })

  test('the remote stays overloaded', async () => {
    await pushed()
    proxy.fault = () => 503
    const ran = await new Machine().share()
    await goesOn(ran, '503')
    expect(outcomes(ran)).toEqual(all('finished'))
  })

  test('access is denied', async () => {
    proxy.fault = () => 403
    const ran = await new Machine().share()
    await goesOn(ran, 'access denied', 's3:ListBucket')
    expect(proxy.requests).toHaveLength(1)
  })

  test('the remote can be read but not written: pulls continue', async () => {
    await pushed()
    proxy.fault = (method) => (method === 'PUT' ? 403 : 'pass')
    const machine = new Machine()
    const more = { ...plan, nodes: [...planOf({ z: { params: { say: 'z' }, files: 'input' } }).nodes, ...plan.nodes] }
    const ran = await machine.share(more)
    await goesOn(ran, 'access denied', 'nothing more is pushed')
    expect(ran.remote).toMatchObject({ pulled: 3, pushed: 0, unpushed: 1 })
  })

  test('a run that is stopped does not wait for what is being pulled', async () => {
    await pushed()
    const soft = new AbortController()
    proxy.fault = (_, path) => {
      if (!path.includes('/blobs/')) return 'pass'
      setTimeout(() => soft.abort(), 50)
      return 'stall'
    }
    const signal = { soft: soft.signal, hard: new AbortController().signal }
    const ran = await new Machine().share(plan, { signal, silence: 3_600_000 })
    expect(ran).toMatchObject({ ran: 0, cached: 0, failed: 0, skipped: 3 })
    expect([...notices(ran), ...warnings(ran)]).toEqual([])
  })

  test('a run that is stopped does not wait for what is still to be pushed', async () => {
    proxy.fault = (method) => (method === 'PUT' ? 'hang' : 'pass')
    const soft = new AbortController()
    const machine = new Machine()
    const remote = new RemoteCache(remoteAt(address), machine.store, { readOnly: false, silence: 60_000 })
    const ran = await machine.run(plan, {
      remote,
      signal: { soft: soft.signal, hard: new AbortController().signal },
      onEvent: (event) => event.event === 'pushing' && soft.abort(),
    })
    await remote.close()
    expect(ran).toMatchObject({ ran: 3, remote: { pushed: 0, unpushed: 3 } })
  })
})
