/** The remote cache as people use it: the real command, two projects, a server of S3. */

import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../run/rig.ts'
import { type FaultyProxy, startProxy } from '../../store/remote/faulty-proxy.ts'
import { bucket, envFor, type S3Server, startS3 } from '../../store/remote/s3-server.ts'
import { eventsIn, makeProject, outcomes, type Project, prose, type Said } from '../rig.ts'

const program = `data raw = read("data/*.txt", split: paragraphs)
tokenizer letters = characters(raw)
data tokens = raw |> encode(letters)
`
const names = ['raw', 'letters', 'tokens']
const all = (outcome: string) => Object.fromEntries(names.map((name) => [name, outcome]))

const projects: Project[] = []
let server: S3Server
let proxy: FaultyProxy
/** A project that has run, and the folder that it pushed to. */
let origin: Project
let folder: string
beforeAll(async () => {
  server = await startS3()
  proxy = await startProxy(server.endpoint)
  origin = clone()
  folder = temporaryFolder()
  await llmpipe(origin, ['run', 'a.llmpipe', '--remote', folder])
})
beforeEach(async () => {
  await proxy?.stop()
  proxy = await startProxy(server.endpoint)
})
afterAll(async () => {
  for (const each of projects) each.remove()
  await proxy.stop()
  await server.stop()
})

function clone(): Project {
  const project = makeProject({ 'a.llmpipe': program, 'data/book.txt': prose })
  projects.push(project)
  return project
}

/** The origin with its store, in a folder of its own. */
function copy(): Project {
  const project = clone()
  cpSync(origin.folder, project.folder, { recursive: true })
  return project
}

interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly entry?: string
  readonly node?: string
  readonly uid?: number
  /** Told of what it writes, as it writes it. */
  hear?(text: string, kill: (signal: NodeJS.Signals) => void): void
}

/** Beside this process, which is the server. */
async function llmpipe(
  { folder }: Pick<Project, 'folder'>,
  args: readonly string[],
  options: Options = {},
): Promise<Said> {
  const { env = {}, entry = join(process.cwd(), 'dist/llmpipe.js'), node = process.execPath, uid, hear } = options
  const child = spawn(node, [entry, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', ...envFor(proxy.endpoint), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (piece) => {
    said.stdout += piece
    hear?.(said.stdout, (signal) => child.kill(signal))
  })
  child.stderr.on('data', (piece) => {
    said.stderr += piece
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  return { code, ...said }
}

const digests = ({ stdout }: Said) =>
  Object.fromEntries(
    eventsIn(stdout).flatMap(({ event, stage, digest }) =>
      event === 'finished' || event === 'cached' ? [[stage!, digest]] : [],
    ),
  )

describe('a project and a fresh clone of it', () => {
  test('share what one of them made through S3, in the same bytes', async () => {
    const [one, two] = [clone(), clone()]
    const env = { LLMPIPE_REMOTE: `s3://${bucket}/clones` }
    const first = await llmpipe(one, ['run', 'a.llmpipe', '--json'], { env })
    expect(outcomes(eventsIn(first.stdout))).toEqual(all('finished'))

    const plan = await llmpipe(two, ['plan', 'a.llmpipe'], { env })
    expect(plan.stdout).toMatch(/= tokens +encode +cached, in the remote cache/)
    expect(plan.stdout).toContain('0 to run, 3 cached')
    expect(existsSync(join(two.folder, '.llmpipe/objects'))).toBe(false)

    const lines = await llmpipe(two, ['run', 'a.llmpipe'], { env })
    expect(lines).toMatchObject({ code: 0, stderr: '' })
    expect(lines.stdout).toMatch(/^= tokens +pulled [\d.]+ kB/m)
    expect(lines.stdout).toMatch(/0 ran, 3 cached in .*; remote cache: 3 pulled \([\d.]+ kB\)/)

    proxy.requests.length = 0
    const again = await llmpipe(two, ['run', 'a.llmpipe', '--json'], { env })
    expect(digests(again)).toEqual(digests(first))
    expect(proxy.requests).toEqual([])
    expect((await llmpipe(two, ['cache', 'verify'])).code).toBe(0)
    expect((await llmpipe(two, ['show', 'letters'])).stdout).toContain('first run')
  })

  test('share it through a folder', async () => {
    const { code, stdout } = await llmpipe(clone(), ['run', 'a.llmpipe', '--json', '--remote', folder])
    expect(code).toBe(0)
    expect(outcomes(eventsIn(stdout))).toEqual(all('cached'))
    expect(eventsIn(stdout).filter(({ from }) => from === 'remote')).toHaveLength(3)
  })

  test('with a change in one of them, what the change does not touch is pulled', async () => {
    const other = clone()
    other.write('a.llmpipe', program.replace('characters(raw)', 'characters(raw, end_of_text: "<|end|>")'))
    const { stdout } = await llmpipe(other, ['run', 'a.llmpipe', '--json', '--remote', folder])
    expect(outcomes(eventsIn(stdout))).toEqual({ ...all('finished'), raw: 'cached' })
  })

  test('read-only, by setting or by option, nothing is put there', async () => {
    const at = temporaryFolder()
    for (const [args, env] of [
      [['--remote-readonly'], {}],
      [[], { LLMPIPE_REMOTE_READONLY: '1' }],
    ] as const) {
      const said = await llmpipe(copy(), ['run', 'a.llmpipe', '--remote', at, ...args], { env })
      expect(said.code).toBe(0)
      expect(said.stdout).not.toContain('pushed')
    }
    expect(readdirSync(at)).toEqual([])
  })
})

test('two runs in one project with one remote share the work', async () => {
  const project = clone()
  const remote = ['--remote', temporaryFolder()]
  const runs = await Promise.all([1, 2].map(() => llmpipe(project, ['run', 'a.llmpipe', '--json', ...remote])))
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  const made = runs.flatMap(({ stdout }) => eventsIn(stdout).filter(({ event }) => event === 'finished'))
  expect(made.map(({ stage }) => stage).sort()).toEqual([...names].sort())
})

describe('a server that is of no use', () => {
  test('the run is as good as without it', async () => {
    proxy.fault = () => 'hang'
    const env = { LLMPIPE_REMOTE: `s3://${bucket}/x`, LLMPIPE_REMOTE_TIMEOUT: '0.5' }
    const { code, stdout, stderr } = await llmpipe(clone(), ['run', 'a.llmpipe'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.match(/^! remote cache/gm)).toHaveLength(1)
    expect(stdout).toContain('3 ran, 0 cached')
    expect(stdout).toContain('3 not pushed: the next run tries again')
  })

  test('Ctrl-C while it takes its time leaves the rest to the next run', async () => {
    const project = copy()
    const env = { LLMPIPE_REMOTE: `s3://${bucket}/slow`, LLMPIPE_REMOTE_TIMEOUT: '60' }
    proxy.fault = (method) => (method === 'PUT' ? 'hang' : 'pass')
    let isAsked = false
    const stopped = await llmpipe(project, ['run', 'a.llmpipe'], {
      env,
      hear(text, kill) {
        if (!isAsked && text.includes('to the next run')) kill('SIGINT')
        isAsked ||= text.includes('to the next run')
      },
    })
    expect(stopped.code).toBe(130)
    expect(stopped.stdout).toContain('0 ran, 3 cached')
    proxy.fault = () => 'pass'
    expect((await llmpipe(project, ['run', 'a.llmpipe'], { env })).stdout).toContain('remote cache: 3 pushed')
  })

  test.each([
    ['s3://', 'does not name a bucket'],
    ['gs://bucket', 'remotes with the scheme gs are not supported'],
  ])('%s is no address: nothing runs', async (address, words) => {
    const project = clone()
    const { code, stderr } = await llmpipe(project, ['run', 'a.llmpipe', '--remote', address])
    expect(code).toBe(2)
    expect(stderr).toContain(words)
    expect(existsSync(join(project.folder, '.llmpipe/runs'))).toBe(false)
  })
})

describe('cache push and pull', () => {
  test('bring a store and its remote together', async () => {
    const at = temporaryFolder()
    const [one, two] = [copy(), clone()]
    const pushed = await llmpipe(one, ['cache', 'push', '--remote', at])
    expect(pushed).toMatchObject({ code: 0, stderr: '' })
    expect(pushed.stdout).toMatch(/^0 pulled \(0 B\), 3 pushed \([\d.]+ kB\)$/m)
    const pulled = await llmpipe(two, ['cache', 'pull', 'a.llmpipe', '--remote', at, '--json'])
    expect(JSON.parse(pulled.stdout)).toMatchObject({ remote: at, pulled: 3, pushed: 0, unpushed: 0 })
    expect(outcomes(two.events(['a.llmpipe']).events)).toEqual(all('cached'))
  })

  test('say where it did not work', async () => {
    const project = copy()
    expect(await llmpipe(project, ['cache', 'push'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing names a remote cache'),
    })
    const away = await llmpipe(project, ['cache', 'push', '--remote', '/no/such/folder'])
    expect(away.code).toBe(1)
    expect(away.stderr).toContain('there is no such folder')
    expect(away.stdout).toContain('3 not pushed')
  })
})

describe('a store that cannot be written to', () => {
  // Nothing is forbidden to root, so it is somebody else who looks; they need copies of llmpipe and of Node that they may read.
  const uid = process.getuid?.() === 0 ? 65_534 : undefined
  let entry = ''
  let node = ''
  beforeAll(() => {
    const home = temporaryFolder()
    chmodSync(home, 0o755)
    // The folder of all temporary folders of the tests, too: another user has to pass through it.
    chmodSync(dirname(home), 0o711)
    for (const part of ['dist', 'stdlib', 'package.json']) cpSync(part, join(home, part), { recursive: true })
    entry = join(home, 'dist/llmpipe.js')
    node = join(home, 'node')
    cpSync(process.execPath, node)
    chmodSync(node, 0o755)
  })

  /** A project that was run, whose folders nobody may write to. */
  function sealed(): Project {
    const project = copy()
    for (const each of ['.', ...(readdirSync(project.folder, { recursive: true }) as string[])]) {
      const path = join(project.folder, each)
      chmodSync(path, existsSync(join(path, '.')) ? 0o555 : 0o444)
    }
    return project
  }

  test('gives its hits', async () => {
    const project = sealed()
    const ran = await llmpipe(project, ['run', 'a.llmpipe', '--json'], {
      entry,
      node,
      ...(uid === undefined ? {} : { uid }),
    })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(outcomes(eventsIn(ran.stdout))).toEqual(all('cached'))
  })

  test('a stage that is not in it fails before it begins, and says why', async () => {
    const project = sealed()
    chmodSync(project.folder, 0o777)
    project.write('b.llmpipe', program.replace('characters(raw)', 'characters(raw, end_of_text: "<|end|>")'))
    const { code, stdout } = await llmpipe(project, ['run', 'b.llmpipe'], {
      entry,
      node,
      ...(uid === undefined ? {} : { uid }),
    })
    expect(code).toBe(1)
    expect(stdout).toContain(
      'error[read-only-store]: letters is not in the store, and it cannot be run because the store',
    )
    expect(stdout).toContain('0 ran, 1 cached, 1 failed, 1 skipped')
    chmodSync(project.folder, 0o755)
  })
})
