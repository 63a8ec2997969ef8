/** `llmpipe ui`: its pages, who may read them, and what happens to them while runs come and go. */

import type { ChildProcess } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { call, startServer } from '../../people/page-client.ts'
import { program, records } from '../../people/program.ts'
import { makeProject, type Project } from '../rig.ts'

const projects: Project[] = []
function project(files: Readonly<Record<string, string>>): Project {
  const made = makeProject(files)
  projects.push(made)
  return made
}
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  for (const each of projects) each.remove()
})

const serve = ({ folder }: Project, ...args: readonly string[]) =>
  startServer(folder, ['ui', ...args], (child) => children.push(child))

/** A page below an address: its status and its text. */
async function page(address: string, path = '', query = '') {
  const url = new URL(address)
  const response = await fetch(`${url.origin}/${path}${url.search}${query}`, { redirect: 'manual' })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

const tokenizers = 'tokenizer t = bytes()\n'

test('the table of runs has pages of 30, the newest first, with links to the pages around', async () => {
  const made = project({ 'p.llmpipe': tokenizers })
  const begun = { event: 'run-started', program: 'p.llmpipe', stages: 0, version: '0.1.0', store: '.llmpipe', pid: 1 }
  const finished = { event: 'run-finished', ran: 0, cached: 0, failed: 0, skipped: 0, interrupted: 0, seconds: 1 }
  for (let i = 0; i < 125; i++) {
    const run = `20260101-00${String(i).padStart(4, '0')}-${String(i).padStart(6, '0')}`
    const events = [
      { ...begun, run, time: 1_767_225_600_000 + i * 1000 },
      { ...finished, time: 1_767_225_600_500 + i * 1000 },
    ]
    made.write(`.llmpipe/runs/${run}/events.jsonl`, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  }
  const { address } = await serve(made, 'p.llmpipe')
  const shown = async (query: string) => {
    const { text } = await page(address, 'runs', query)
    return {
      runs: [...text.matchAll(/<small><code>(\d{6})<\/code>/g)].map(([, run]) => Number(run)),
      words: /\d+ to \d+ of \d+/.exec(text)?.[0],
      links: [...text.matchAll(/<a rel="(\w+)" href="([^"]*)"/g)].map(
        ([, rel, link]) => `${rel} ${/page=\d+/.exec(link!)?.[0] ?? ''}`,
      ),
    }
  }
  const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i)
  expect(await shown('')).toEqual({ runs: down(124, 95), words: '1 to 30 of 125', links: ['next page=2'] })
  expect(await shown('&page=2')).toEqual({
    runs: down(94, 65),
    words: '31 to 60 of 125',
    links: ['prev ', 'next page=3'],
  })
  const last = { runs: down(4, 0), words: '121 to 125 of 125', links: ['prev page=4'] }
  for (const query of ['&page=5', '&page=99']) expect(await shown(query)).toEqual(last)
  expect((await shown('&page=-3')).words).toBe('1 to 30 of 125')
})

describe('the pages', () => {
  const made = project({ 'p.llmpipe': tokenizers, 'q.llmpipe': 'tokenizer u = bytes()\n' })
  const filesOf = () => readdirSync(join(made.folder, '.llmpipe'), { recursive: true }).map(String).sort()

  test('wait for the first run, follow each later one, and keep an earlier one at its own address', async () => {
    const { child, address, over } = await serve(made, 'p.llmpipe')
    expect((await page(address)).text).toContain('llmpipe run p.llmpipe')
    const stamp = async () => JSON.parse((await page(address, 'state', '&of=run')).text).stamp
    const before = await stamp()
    expect(await stamp()).toBe(before)
    expect(made.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
    await expect.poll(stamp).not.toBe(before)
    const [first = ''] = readdirSync(join(made.folder, '.llmpipe/runs'))
    expect((await page(address)).text).toContain(`run <code>${first}</code>`)
    // A run of another program of the store is not the newest of this one.
    expect(made.llmpipe(['run', 'q.llmpipe']).code).toBe(0)
    expect(made.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
    await expect.poll(async () => (await page(address)).text).toContain('Nothing had to run')
    expect((await page(address, '', `&run=${first}`)).text).toContain('This is an earlier run.')
    const runs = (await page(address, 'runs')).text
    expect(runs).toContain('2 runs')
    expect(runs).not.toContain('q.llmpipe')
    const files = filesOf()
    await page(address, 'runs')
    expect(filesOf()).toEqual(files)
    child.kill('SIGINT')
    expect(await over).toBe(0)
  })

  test('of all programs of a store show their names', async () => {
    const { address } = await serve(made)
    const { text } = await page(address, 'runs')
    for (const name of ['p.llmpipe', 'q.llmpipe']) expect(text).toContain(`<bdi>${name}</bdi>`)
  })

  test('are for those who know the token, on this machine, and only to read', async () => {
    const { address } = await serve(made, 'p.llmpipe')
    const { origin, port, search } = new URL(address)
    const { text, headers } = await page(address)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(text).toContain('<h1>')
    for (const path of ['/', '/runs', '/state?of=run', '/?token=wrong', '/rank/t', '/nowhere']) {
      const response = await fetch(origin + path, { redirect: 'manual' })
      expect([path, response.status]).toEqual([path, 401])
      expect(await response.text()).not.toContain('tokenizer')
    }
    const status = (path: string, host: string) =>
      new Promise((done) => get({ port, host: '127.0.0.1', path, headers: { host } }, (each) => done(each.statusCode)))
    expect(await status(`/${search}`, 'evil.example')).toBe(403)
    expect(await status(`/${search}`, `localhost:${port}`)).toBe(200)
    expect((await fetch(`${origin}/${search}`, { method: 'POST' })).status).toBe(405)
    for (const [path, code] of [
      ['/ui.js', 200],
      ['/ui.css', 200],
      [`/nowhere${search}`, 404],
      [`/rank/%/${search}`, 404],
      [`/rank/t/../../package.json${search}`, 404],
    ] as const)
      expect([path, (await fetch(origin + path)).status]).toEqual([path, code])
    expect((await page(address, '', '&run=nope')).text).toContain('The store has no such run')
  })

  test('take another port if the one that is asked for is in use', async () => {
    const one = await serve(made, 'p.llmpipe')
    const { port } = new URL(one.address)
    const two = await serve(made, 'p.llmpipe', '--port', port)
    expect(new URL(two.address).port).not.toBe(port)
    expect((await page(two.address)).status).toBe(200)
    expect((await page(one.address)).status).toBe(200)
    const { code, stderr } = made.llmpipe(['ui', 'p.llmpipe', '--port', '0'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--port 0 is not a port')])
    expect(made.llmpipe(['ui', 'no.llmpipe']).stderr).toContain('there is no program no.llmpipe')
  })

  test('outlive what they show', async () => {
    const gone = project({ 'p.llmpipe': tokenizers })
    expect(gone.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
    const { address } = await serve(gone, 'p.llmpipe')
    expect((await page(address)).text).toContain('<bdi>t</bdi>')
    rmSync(join(gone.folder, '.llmpipe/objects'), { recursive: true })
    await expect.poll(async () => (await page(address)).text).toContain('The store no longer has everything')
    rmSync(join(gone.folder, '.llmpipe/runs'), { recursive: true })
    await expect.poll(async () => (await page(address)).text).toContain('Nothing has run yet')
    expect((await page(address, 'runs')).status).toBe(200)
  })
})

describe('a ranking page', () => {
  const made = project({ 'a.llmpipe': program('people(at_least: 3)'), 'words.jsonl': records })

  test('is served until a run begins, which serves it itself', async () => {
    const run = () => startServer(made.folder, ['run', 'a.llmpipe', '--json'], (child) => children.push(child))
    const first = await run()
    const { address } = await serve(made, 'a.llmpipe')
    expect((await page(address)).text).toContain('>Rank ranked</a>')
    // The run serves the page: the link leads there.
    expect((await page(address, 'rank/ranked/')).headers.get('location')).toBe(first.address)
    first.child.kill('SIGINT')
    await first.over

    const here = (await page(address, 'rank/ranked/')).headers.get('location') ?? ''
    expect(here).toMatch(/\/rank\/ranked\/\?token=/)
    expect(new URL(here).searchParams.get('token')).not.toBe(new URL(address).searchParams.get('token'))
    // Whoever may rank sees nothing else.
    expect((await page(`${new URL(here).origin}/${new URL(here).search}`)).status).toBe(401)
    expect((await fetch(here)).status).toBe(200)
    const { state } = await call(here, 'next', { annotator: 'Ada' })
    const ranks = state.task.responses.map((_: string, i: number) => i + 1)
    const after = await call(here, 'rank', { annotator: 'Ada', task: state.task.id, ranks, flagged: [] })
    expect(after.state.progress).toMatchObject({ done: 1, needed: 3 })

    const second = await run()
    expect(second.address).not.toContain('/rank/')
    const again = await call(second.address, 'next', { annotator: 'Bo' })
    expect(again.state.progress.people).toEqual([{ name: 'Ada', ranked: 1 }])
    second.child.kill('SIGINT')
    await second.over
  })
})
