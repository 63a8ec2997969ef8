/** The variants of a `for` on a real Slurm: tasks of one array, each of which fails, is retried and is stopped alone. */

import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { digestsOf, type Event } from '../cli/rig.ts'
import { type Cluster, startCluster, until } from './cluster.ts'
import { stateOf } from './disturbed.ts'
import { clearCluster, runningJobs } from './faults.ts'
import { type ClusterProject, projectOn } from './rig.ts'
import { recordsIn, witnessStage } from './witness.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, maxArraySize: 5 })
})
afterEach(() => clearCluster(cluster))
afterAll(() => cluster?.stop())

/** Seven variants of a witness, which records when it works. `steps`: a number, or an expression of the language that may use `name`. */
async function sweep(steps: number | string, hints = ''): Promise<ClusterProject & { readonly log: string }> {
  const project = projectOn(cluster)
  const log = join(project.folder, 'witness.log')
  const names = Array.from({ length: 7 }, (_, i) => `"v${i}"`).join(', ')
  project.write('witness.ts', witnessStage)
  project.write('data/a.txt', 'The whale swam on.\n')
  project.write(
    'a.llmpipe',
    `use "./witness.ts" { witness }
data raw = read("data/*.txt", split: lines)
for name in [${names}] {
  data copy = raw |> witness(name: name, steps: ${steps}, log: "${log}"${hints})
}
`,
  )
  const trusted = await project.llmpipe(['trust', 'a.llmpipe', '--yes'], stateOf(project))
  expect(trusted, trusted.stderr).toMatchObject({ code: 0 })
  return { ...project, log }
}

const jobsOf = (events: readonly Event[]) =>
  new Map(
    events.flatMap((each) =>
      each.event === 'queue' && String(each.stage).startsWith('copy') ? [[String(each.stage), String(each.job)]] : [],
    ),
  )

test('seven variants are tasks of two arrays where MaxArraySize is five, with the bytes of a local run', async () => {
  const project = await sweep(1)
  const run = ['run', 'a.llmpipe', '--json']
  const local = await project.llmpipe([...run, '--store', 'local'], stateOf(project))
  expect(local, local.stderr).toMatchObject({ code: 0 })
  const onCluster = await project.llmpipe([...run, '--executor', 'slurm'], stateOf(project))
  expect(onCluster, onCluster.stderr).toMatchObject({ code: 0 })
  expect(digestsOf(onCluster.events)).toEqual(digestsOf(local.events))
  const ids = [...jobsOf(onCluster.events).values()]
  expect(new Set(ids).size).toBe(7)
  for (const id of ids) expect(id).toMatch(/^\d+_[0-4]$/)
  expect(new Set(ids.map((id) => id.split('_')[0])).size).toBe(2)
})

test('a task whose stage is killed is retried alone', async () => {
  const project = await sweep(3, ', retries: 1')
  // The process of the third variant is killed once.
  project.write(
    'witness.ts',
    witnessStage.replace(
      "record('ends')",
      `const failed = settings.log + '.failed'
    if (settings.name === 'v2' && !existsSync(failed)) {
      writeFileSync(failed, '')
      globalThis.process.kill(globalThis.process.pid, 'SIGKILL')
      await new Promise(() => {})
    }
    record('ends')`,
    ),
  )
  await project.llmpipe(['trust', 'a.llmpipe', '--yes'], stateOf(project))
  const run = await project.llmpipe(['run', 'a.llmpipe', '--json', '--executor', 'slurm'], stateOf(project))
  expect(run, run.stderr).toMatchObject({ code: 0 })
  const processes = (name: string) =>
    new Set(
      recordsIn(project.log)
        .get(name)
        ?.map(({ process }) => process),
    ).size
  for (let i = 0; i < 7; i++) expect([`v${i}`, processes(`v${i}`)]).toEqual([`v${i}`, i === 2 ? 2 : 1])
  expect(existsSync(`${project.log}.failed`)).toBe(true)
})

test('llmpipe stop ends one variant, and the others go on', async () => {
  // The variant that is stopped would take a minute, so that it cannot end before.
  const project = await sweep('if name == "v4" { 300 } else { 40 }')
  const run = project.start(['run', 'a.llmpipe', '--json', '--executor', 'slurm'], stateOf(project))
  await until('jobs run', async () => (await runningJobs(cluster)).length > 2)
  await until('the run knows its jobs', () => jobsOf(run.events()).size === 7)
  const stopped = await project.llmpipe(['stop', 'copy[name="v4"]'], stateOf(project))
  expect(stopped.stdout).toMatch(/^copy\[name="?v4"?\]: slurm job \d+_\d (stopped|was canceled)/)
  const ended = await run.ended
  const outcomes = new Map(
    ended.events.flatMap((each) =>
      ['finished', 'interrupted', 'failed'].includes(each.event) ? [[String(each.stage), each.event]] : [],
    ),
  )
  const copies = [...outcomes].filter(([stage]) => stage.startsWith('copy'))
  expect(copies.filter(([, event]) => event === 'finished')).toHaveLength(6)
  expect(copies.filter(([stage]) => stage.includes('v4'))).toEqual([[expect.anything(), 'interrupted']])
})

test('what the script of a task prints is in the failure of its variant alone', async () => {
  const project = await sweep(1)
  const broken = join(project.folder, 'broken')
  project.write('llmpipe.site.json', JSON.stringify({ slurm: { command: [broken] } }))
  writeFileSync(
    broken,
    `#!/bin/sh
if [ -n "$SLURM_ARRAY_TASK_ID" ]; then
  echo "no such module: cuda/$SLURM_ARRAY_TASK_ID"
  exit 1
fi
exec "${process.execPath}" "${resolve('dist/llmpipe.js')}" "$@"
`,
    { mode: 0o755 },
  )
  await project.llmpipe(['trust', 'a.llmpipe', '--yes'], stateOf(project))
  const run = await project.llmpipe(
    ['run', 'a.llmpipe', '--json', '--executor', 'slurm', '--keep-going'],
    stateOf(project),
  )
  const failures = run.events.filter(({ event }) => event === 'failed')
  expect(failures, run.stderr).toHaveLength(7)
  const jobs = jobsOf(run.events)
  for (const failure of failures) {
    const task = jobs.get(String(failure.stage))?.split('_')[1]
    expect([...new Set(JSON.stringify(failure).match(/cuda\/\d/g))]).toEqual([`cuda/${task}`])
  }
})
