/** The parts of a stage on a real Slurm: made once each, on all nodes, with the bytes of one machine. */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JobFolder } from '../../src/run/executors/slurm/job/job-folder.ts'
import { arraysOfJob } from '../../src/run/executors/slurm/parts/arrays.ts'
import { digestsOf, type Event } from '../cli/rig.ts'
import { type Cluster, startCluster, until } from './cluster.ts'
import { type ClusterProject, projectOn } from './rig.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 4, minJobAge: 2, maxArraySize: 5 })
})
afterAll(() => cluster?.stop())

/** A file of 60 kB, which is a part by itself. */
const file = (number: number) =>
  Array.from({ length: 160 }, (_, line) =>
    `Line ${line} of file ${number} says that whales are large. `.repeat(8),
  ).join('\n')
const nameOf = (number: number) => `corpus/${String(number).padStart(4, '0')}.txt`
const program = `
data pages = read("corpus/*.txt", split: lines) |> keep(where: words > 20)
data tokens = pages |> encode(bytes())
`
const env = { LLMPIPE_PART_BYTES: '40960' }
/** One array has five tasks at most, so that eight tasks need two. */
const site = { slurm: { arrays: { bytes: '1MiB', tasks: 8 } } }

/** The inode of a file of each part, by the name of the part: another one if the part is made again. */
function partsIn({ folder }: ClusterProject): Map<string, number> {
  const parts = join(folder, '.llmpipe/parts')
  const names = readdirSync(parts).flatMap((first) => readdirSync(join(parts, first)).map((name) => join(first, name)))
  return new Map(names.map((name) => [name, statSync(join(parts, name, 'record.json')).ino]))
}

const said = (events: readonly Event[], stage: string) =>
  events.flatMap((each) => (each.event === 'log' && each.stage === stage ? [String(each.message)] : []))

test('a corpus of 200 parts is made by tasks on four nodes, each part once; a file that is added costs only its parts', async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, number) => [nameOf(number), file(number)]))
  const project = projectOn(cluster, { 'a.llmpipe': program, 'llmpipe.site.json': JSON.stringify(site), ...files })
  const local = await project.llmpipe(['run', 'a.llmpipe', '--json', '--executor', 'local', '--store', 'local'], env)
  expect(local.code).toBe(0)

  const spread = await project.llmpipe(['run', 'a.llmpipe', '--json', '--executor', 'slurm'], env)
  expect(spread).toMatchObject({ code: 0 })
  expect(digestsOf(spread.events)).toEqual(digestsOf(local.events))
  expect(said(spread.events, 'pages').join()).toMatch(/^200 of 200 parts were made now, by 8 tasks on n1, n2, n3, n4/)
  const made = partsIn(project)

  project.write(nameOf(77.5), file(1000))
  const grown = await project.llmpipe(['run', 'a.llmpipe', '--json', '--executor', 'slurm'], env)
  expect(grown.code).toBe(0)
  expect(said(grown.events, 'pages').join()).toMatch(/^1 of 201 parts were made now/)
  const after = partsIn(project)
  for (const [name, inode] of made) expect(after.get(name)).toBe(inode)
  // One part of the pass, and those of the tokens that its documents are in.
  expect(after.size - made.size).toBeLessThan(12)
})

test('the job of a stage makes the parts of tasks that were canceled, and the run goes on', async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, number) => [nameOf(number), file(number)]))
  const project = projectOn(cluster, { 'a.llmpipe': program, 'llmpipe.site.json': JSON.stringify(site), ...files })
  const local = await project.llmpipe(['run', 'a.llmpipe', '--json', '--executor', 'local', '--store', 'local'], env)
  const run = project.start(['run', 'a.llmpipe', '--json', '--executor', 'slurm'], env)
  const root = join(project.folder, '.llmpipe')
  const jobs = () => (existsSync(join(root, 'jobs')) ? readdirSync(join(root, 'jobs')) : [])
  let arrays: string[] = []
  // The file of their ids may exist and still be empty.
  await until('the arrays are submitted', () => {
    arrays = jobs().flatMap((name) => arraysOfJob(new JobFolder(root, name)))
    return arrays.length > 0
  })
  await cluster.slurm('scancel', ...arrays)
  const ended = await run.ended
  expect(ended.code).toBe(0)
  expect(digestsOf(ended.events)).toEqual(digestsOf(local.events))
})
