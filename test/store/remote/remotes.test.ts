import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../../src/store/folder-store.ts'
import { remoteAt } from '../../../src/store/remote/address.ts'
import { recordName } from '../../../src/store/remote/layout.ts'
import { RemoteCache } from '../../../src/store/remote/remote-cache.ts'
import { asKey } from '../../brands.ts'
import { temporaryFolder } from '../../run/rig.ts'
import { bucket, envFor, isAtomic, type S3Server, startS3 } from './s3-server.ts'
import { describeRemote } from './suite.ts'

const open = (address: string) => remoteAt(address).open({ silence: 30_000 })

let server: S3Server
beforeAll(async () => {
  server = await startS3()
  Object.assign(process.env, envFor(server.endpoint))
})
afterAll(async () => {
  await server.stop()
  for (const name of Object.keys(envFor(''))) delete process.env[name]
})

describeRemote('a folder', () => open(temporaryFolder()))
describeRemote('a bucket of S3', () => open(`s3://${bucket}`), isAtomic)
describeRemote('a part of a bucket', () => open(`s3://${bucket}/team a/cache/`), isAtomic)

/** The SDK reads the environment when it is first asked for something. */
async function withEnv(name: string, value: string, act: () => Promise<void>): Promise<void> {
  const before = process.env[name]
  process.env[name] = value
  await act()
  process.env[name] = before
}

describe('errors of S3', () => {
  test('a missing bucket is not asked again', async () => {
    const remote = await open('s3://elsewhere')
    await expect(remote.get('x')).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'there is no bucket elsewhere',
    })
    remote.close()
  })

  test('wrong credentials are distinguished from a server that is away', () =>
    withEnv('AWS_SECRET_ACCESS_KEY', 'wrong', async () => {
      const remote = await open(`s3://${bucket}`)
      await expect(remote.get('x')).rejects.toMatchObject({ kind: 'denied' })
      remote.close()
    }))

  test('nobody listens there', () =>
    withEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9', async () => {
      const remote = await open(`s3://${bucket}`)
      await expect(remote.size('x')).rejects.toMatchObject({ kind: 'unreachable' })
      remote.close()
    }))
})

describe('a folder', () => {
  test('is not created if it is missing, because it may be a share that is not mounted', async () => {
    const folder = join(temporaryFolder(), 'share')
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    const remote = await open(folder)
    for (const ask of [() => remote.get('x'), () => remote.size('x'), () => remote.put('x', file)])
      await expect(ask()).rejects.toMatchObject({ kind: 'unreachable' })
    expect(existsSync(folder)).toBe(false)
  })

  test('is abandoned if it hangs, like a share whose server is away', async () => {
    const folder = temporaryFolder()
    const key = asKey('a'.repeat(64))
    const pipe = join(folder, recordName(key))
    mkdirSync(dirname(pipe), { recursive: true })
    // To open it waits for somebody who writes to it.
    execFileSync('mkfifo', [pipe])
    const remote = new RemoteCache(remoteAt(folder), openStore(temporaryFolder()), { readOnly: true, silence: 50 })
    const troubles: string[] = []
    remote.onTrouble = (message) => troubles.push(message)
    expect(await remote.peek(key)).toBeUndefined()
    expect(troubles).toEqual([`remote cache ${folder}: it does not answer; it is no longer used`])
    writeFileSync(pipe, '')
    await remote.close()
  })

  test('loses the half-written files of killed processes after a day', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'tmp'))
    for (const name of ['old', 'young']) writeFileSync(join(folder, 'tmp', name), '')
    const then = new Date(Date.now() - 25 * 3_600_000)
    utimesSync(join(folder, 'tmp/old'), then, then)
    await (await open(folder)).put('x', join(folder, 'tmp/young'))
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['young'])
  })
})

describe('an address', () => {
  test.each([
    ['s3://', 'does not name a bucket'],
    ['s3:///prefix', 'does not name a bucket'],
    ['s3://UPPER_case!/x', 'does not name a bucket'],
    ['http://bucket/x', 'the scheme http are not supported'],
    ['gs://bucket', 'the scheme gs are not supported'],
    [import.meta.filename, 'is a file'],
  ])('%s is rejected', (address, words) => {
    expect(() => remoteAt(address)).toThrow(words)
  })

  test('is normalized however it is written', () => {
    expect(remoteAt('s3://models/a//b/').address).toBe('s3://models/a/b')
    expect(remoteAt('s3://models').address).toBe('s3://models')
    expect(remoteAt('share/../share').address).toBe(join(process.cwd(), 'share'))
  })
})
