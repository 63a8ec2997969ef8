import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { downloaded } from '../../../src/store/inputs/buckets.ts'
import { type HashedInput, inputFiles } from '../../../src/store/inputs/input-files.ts'
import { StatCache } from '../../../src/store/inputs/stat-cache.ts'
import { remoteAt } from '../../../src/store/remote/address.ts'
import { temporaryFolder } from '../../run/rig.ts'
import { bucket, envFor, type S3Server, startS3 } from './s3-server.ts'

let server: S3Server
let proxy: Server
/** The requests that reached the server: `GET /models/a.txt`. */
const requests: string[] = []
/** Of each answer with more bytes than this, only these are passed on before the connection breaks. */
let mostBytes = Number.POSITIVE_INFINITY

beforeAll(async () => {
  server = await startS3(true)
  const { port } = new URL(server.endpoint)
  proxy = createServer((asked, answer) => {
    requests.push(`${asked.method} ${asked.url}`)
    const { method, url, headers } = asked
    const on = request({ port, method, path: url, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 500, from.headers)
      let passed = 0
      from.on('data', (piece: Buffer) => {
        const rest = piece.subarray(0, Math.max(0, mostBytes - passed))
        passed += piece.length
        answer.write(rest)
        if (passed > mostBytes) setImmediate(() => answer.destroy())
      })
      from.on('end', () => answer.end())
    })
    asked.pipe(on)
  }).listen(0, '127.0.0.1')
  await new Promise((ready) => proxy.once('listening', ready))
  Object.assign(process.env, envFor(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`))
})
afterAll(async () => {
  proxy.close()
  await server.stop()
  for (const name of Object.keys(envFor(''))) delete process.env[name]
})

async function put(key: string, text: string): Promise<void> {
  const remote = await remoteAt(`s3://${bucket}`).open({ silence: 30_000 })
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, text)
  await remote.put(key, file)
  remote.close()
}

async function found(pattern: string): Promise<HashedInput[]> {
  const folder = temporaryFolder()
  const node = { files: { paths: { patterns: [pattern], base: '.' } } }
  const { files } = await inputFiles(node, folder, new StatCache(join(folder, 'store')))
  return files.paths!
}

const options = (root = temporaryFolder(), events: StageEvent[] = []) => ({
  root,
  signal: new AbortController().signal,
  emit: (event: StageEvent) => void events.push(event),
})

test('objects are listed without being downloaded, and downloaded once', async () => {
  for (const key of ['d/a.txt', 'd/b b+.txt', 'd/.hidden.txt', 'd/sub/c.txt', 'd/e.md'])
    await put(key, `text of ${key}`)
  requests.length = 0
  const listed = await found(`s3://${bucket}/d/*.txt`)
  const names = [`s3://${bucket}/d/a.txt`, `s3://${bucket}/d/b b+.txt`]
  expect(listed.map(({ name }) => name)).toEqual(names)
  expect((await found(`s3://${bucket}/d/**/*.txt`)).map(({ name }) => name)).toEqual([
    ...names,
    `s3://${bucket}/d/sub/c.txt`,
  ])
  expect((await found(`s3://${bucket}/d/e.md`)).map(({ size }) => size)).toEqual([14])
  expect(requests.filter((each) => each.startsWith('GET') && !each.includes('list-type=2'))).toEqual([])

  const root = temporaryFolder()
  const { paths } = await downloaded({ paths: listed }, options(root))
  expect(paths!.map(({ path }) => readFileSync(path, 'utf8'))).toEqual(['text of d/a.txt', 'text of d/b b+.txt'])
  expect(paths![0]!.sha256).toBe(createHash('sha256').update('text of d/a.txt').digest('hex'))
  requests.length = 0
  expect(await downloaded({ paths: listed }, options(root))).toEqual({ paths })
  expect(requests).toEqual([])
})

test('the digest in the key changes with the bytes of an object, and only then', async () => {
  await put('k.txt', 'one')
  const before = await found(`s3://${bucket}/k.txt`)
  await put('k.txt', 'one')
  expect((await found(`s3://${bucket}/k.txt`))[0]!.sha256).toBe(before[0]!.sha256)
  await put('k.txt', 'two')
  expect((await found(`s3://${bucket}/k.txt`))[0]!.sha256).not.toBe(before[0]!.sha256)
  await expect(downloaded({ paths: before }, options())).rejects.toMatchObject({ code: 'input-changed' })
})

test('a download that breaks off is continued where it stopped', async () => {
  const text = 'abcdefghij'.repeat(30_000)
  await put('long.txt', text)
  const listed = await found(`s3://${bucket}/long.txt`)
  mostBytes = 200_000
  requests.length = 0
  const events: StageEvent[] = []
  const { paths } = await downloaded({ paths: listed }, options(undefined, events))
  mostBytes = Number.POSITIVE_INFINITY
  expect(readFileSync(paths![0]!.path, 'utf8')).toBe(text)
  expect(requests.length).toBe(2)
  expect(events.at(-1)).toMatchObject({
    event: 'progress',
    done: text.length,
    total: text.length,
    phase: 'downloading',
  })
})

test('what is not there, not allowed or not an address is an error that says so', async () => {
  await expect(found(`s3://${bucket}/none/*.txt`)).rejects.toThrow(`paths: nothing matches "s3://${bucket}/none/*.txt"`)
  await expect(found(`s3://${bucket}/none.txt`)).rejects.toThrow(`there is no file "s3://${bucket}/none.txt"`)
  await expect(found('s3://elsewhere/x*')).rejects.toThrow(
    's3://elsewhere cannot be read: there is no bucket elsewhere',
  )
  await expect(found(`s3://${bucket}`)).rejects.toThrow('does not name objects')
  await expect(found(`s3://${bucket}/d/`)).rejects.toThrow('does not name objects')
  process.env.AWS_ACCESS_KEY_ID = 'wrong'
  // Servers refuse an unknown key in their own words; those of AWS are "access denied" here.
  await expect(found(`s3://${bucket}/d/*`)).rejects.toThrow(/access denied|No user exists/)
  Object.assign(process.env, envFor(process.env.AWS_ENDPOINT_URL ?? ''))
})

test('missing credentials are named, with the ways to give them', async () => {
  const kept = { ...process.env }
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) delete process.env[name]
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_CONFIG_FILE: '/nowhere',
  })
  const help = expect.stringContaining('AWS_NO_SIGN_REQUEST')
  await expect(found(`s3://${bucket}/d/*`)).rejects.toMatchObject({ code: 'unreadable-source', help })
  for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name]
  Object.assign(process.env, kept)
})
