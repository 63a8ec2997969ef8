/** The graph of a program for the views of editors: before, during and after a real run. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GraphAnswer } from '../../src/lsp/features/graph.ts'
import { uriOf } from '../../src/lsp/uris.ts'
import { type Client, project, startClient } from './client.ts'

const text = `use std.models { llama }

data prose = read("a.txt", split: lines)
data long = prose |> keep(where: words >= 3)
tokenizer bpe = bytes()
model gpt = llama(vocab: bpe.size, dim: 16, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: long |> encode(bpe)) { steps: 500_000, batch: 2 }
`
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graph-')))
const file = join(folder, 'p.llmpipe')
const uri = uriOf(file)
const command = resolve('dist/llmpipe.js')

let client: Client
let running: ChildProcess | undefined
beforeAll(async () => {
  project(folder, { 'p.llmpipe': text, 'a.txt': 'One line of text for the model.\nToo short\n'.repeat(20) })
  client = await startClient({ roots: [folder] })
  await client.open(uri, text)
})
afterAll(() => {
  running?.kill('SIGKILL')
  client.connection.dispose()
})

const graph = (stamp?: string) =>
  client.request<GraphAnswer | null>('llmpipe/graph', { textDocument: { uri }, ...(stamp ? { stamp } : {}) })
const stage = (answer: GraphAnswer | null, name: string) => answer?.stages.find((each) => each.name === name)

test('before a run every stage is to run, with its place and the size and time of a training', async () => {
  const answer = await graph()
  expect(answer?.stages.map(({ name, state }) => [name, state])).toEqual([
    ['prose', 'to run'],
    ['long', 'to run'],
    ['bpe', 'to run'],
    ['base.on', 'to run'],
    ['base', 'to run'],
  ])
  expect(stage(answer, 'base')).toMatchObject({
    kind: 'pretrain',
    after: ['base.on'],
    detail: 'first run',
    cost: expect.stringMatching(/parameters, about /),
    location: { uri, range: { start: { line: 6 } } },
  })
  expect(await graph(answer?.stamp)).toBeNull()
})

test('after a run, stages are cached with their time and metrics, and an edit shows why they would run again', async () => {
  const before = await graph()
  execFileSync(process.execPath, [command, 'run', file, '--only', 'prose', '--only', 'long'], { stdio: 'pipe' })
  const after = await graph(before?.stamp)
  expect(stage(after, 'long')).toMatchObject({ state: 'cached', detail: '', metrics: { documents: 20 } })
  expect(stage(after, 'long')?.cost).not.toBe('')
  await client.change(uri, text.replace('words >= 3', 'words >= 4'))
  expect(stage(await graph(after?.stamp), 'long')).toMatchObject({
    state: 'to run',
    detail: expect.stringContaining('words >= 3 → words >= 4'),
  })
  await client.change(uri, text.replace('words >= 3', 'wrds >= 3'))
  expect(await graph()).toMatchObject({ errors: 1, stages: [] })
  await client.change(uri, text)
})

test('during a run, stages have the states of the run, and how far they have come', async () => {
  running = spawn(process.execPath, [command, 'run', file], { stdio: 'ignore' })
  await expect
    .poll(async () => stage(await graph(), 'base')?.detail, { timeout: 50_000, interval: 200 })
    .toMatch(/of 500,000 steps/)
  const answer = await graph()
  expect(answer?.run?.id).toMatch(/^\d{4}/)
  expect(stage(answer, 'base')?.state).toBe('running')
  expect(stage(answer, 'long')?.state).toBe('cached')
  expect(stage(answer, 'bpe')?.state).toBe('finished')
  const ended = once(running, 'exit')
  running.kill('SIGKILL')
  await ended
  await expect.poll(async () => (await graph())?.run, { timeout: 20_000 }).toBeUndefined()
})
