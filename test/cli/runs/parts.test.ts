/** Parts that are made in several threads, with the real command: the same results as with one, and the same errors. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { digestsOf, makeProject, type Project } from '../rig.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Lines of JSON of a few hundred bytes; every fifth is a copy, and a few are not JSON. */
function pages(count: number): string {
  return Array.from({ length: count }, (_, i) => {
    if (i % 97 === 50) return '{"text": "cut off'
    const n = i % 5 === 4 ? i - 1 : i
    const text = `Page ${n} is about whale ${n * 7919}. `.repeat(4 + (n % 9))
    return JSON.stringify({ id: `p${i}`, text, length: text.length })
  }).join('\n')
}

const program = `
data pages = read("pages.jsonl") |> keep(where: words > 20)
data unique = pages |> dedup(minhash)
tokenizer bpe = train_bpe(unique, vocab: 400)
data tokens = unique |> encode(bpe)
`

let project: Project
beforeAll(() => {
  // Parts of 16 kB, of which this corpus has some twenty.
  process.env.LLMPIPE_PART_BYTES = '16384'
  project = makeProject({ 'a.llmpipe': program, 'pages.jsonl': pages(1000) })
  delete process.env.LLMPIPE_PART_BYTES
})
afterAll(() => project.remove())

test('one core and four make the same bytes and the same reports', () => {
  const [one, four] = [1, 4].map((cpus) =>
    project.events(['a.llmpipe', '--store', `store${cpus}`, '--cpus', `${cpus}`]),
  ) as [ReturnType<Project['events']>, ReturnType<Project['events']>]
  expect([one.code, four.code]).toEqual([0, 0])
  expect(digestsOf(four.events)).toEqual(digestsOf(one.events))
  const reports = ({ events }: typeof one) =>
    events.flatMap(({ event, report }) => (event === 'finished' ? [report] : []))
  expect(reports(four)).toEqual(reports(one))
  const partsIn = (store: string) =>
    readdirSync(join(project.folder, store, 'parts')).flatMap((name) =>
      readdirSync(join(project.folder, store, 'parts', name)),
    )
  expect(partsIn('store1').length).toBeGreaterThan(30)
  expect(partsIn('store4').sort()).toEqual(partsIn('store1').sort())
  // Nothing of a thread is left.
  expect(readdirSync(join(project.folder, 'store4/tmp'))).toEqual([])
})

test('parts that were made in several threads are reused by one, and lines that are added cost only their parts', () => {
  const text = readFileSync(join(project.folder, 'pages.jsonl'), 'utf8')
  project.write('grown.llmpipe', program.replace('pages.jsonl', 'grown.jsonl'))
  project.write('grown.jsonl', text)
  expect(project.events(['grown.llmpipe', '--store', 'grown', '--cpus', '4']).code).toBe(0)
  project.write('grown.jsonl', `${text}\n${pages(40)}`)
  const { events } = project.events(['grown.llmpipe', '--store', 'grown', '--cpus', '1'])
  const reused = Object.fromEntries(
    events.flatMap(({ event, stage, report }) =>
      event === 'finished' ? [[stage, (report as { reused?: { parts: number; of: number } }).reused]] : [],
    ),
  )
  for (const stage of ['pages', 'unique']) {
    const { parts, of } = reused[stage]!
    expect(of).toBeGreaterThan(10)
    expect(of - parts).toBeLessThanOrEqual(4)
  }
})

test('a document that cannot be read fails the stage with the same error in a thread', () => {
  project.write('deep.llmpipe', 'data a = read("deep.jsonl", field: "body") |> keep(where: meta.score > 1)')
  const good = JSON.stringify({ body: 'a text of some words, '.repeat(20), meta: { score: 2 } })
  const bad = JSON.stringify({ body: 'a text without a score' })
  project.write('deep.jsonl', [...Array(400).fill(good), bad, ...Array(400).fill(good)].join('\n'))
  const failures = [1, 3].map((cpus) => {
    const { code, events } = project.events(['deep.llmpipe', '--store', `deep${cpus}`, '--cpus', `${cpus}`])
    return { code, error: events.find(({ event }) => event === 'failed')?.error }
  })
  expect(failures[0]!.code).toBe(1)
  expect(failures[0]!.error).toBeDefined()
  expect(failures[1]).toEqual(failures[0])
})

test('Ctrl-C ends the threads soon, and the next run takes the parts that were made', async () => {
  project.write('long.llmpipe', 'data a = read("long.jsonl") |> keep(where: words > 5)')
  project.write('long.jsonl', pages(20_000))
  const child = project.start(['run', 'long.llmpipe', '--store', 'long', '--cpus', '3', '--json'])
  const over = new Promise<number | null>((resolve) => child.once('close', resolve))
  while (!existsSync(join(project.folder, 'long/parts'))) await sleep(5)
  child.kill('SIGINT')
  expect(await over).toBe(130)
  expect(readdirSync(join(project.folder, 'long/tmp'))).toEqual([])
  const { code, events } = project.events(['long.llmpipe', '--store', 'long', '--cpus', '1'])
  expect(code).toBe(0)
  const { report } = events.find(({ event }) => event === 'finished')!
  const { parts, of } = (report as { reused: { parts: number; of: number } }).reused
  expect(parts).toBeGreaterThan(0)
  expect(parts).toBeLessThan(of)
})
