/** `llmpipe doctor --executor slurm` on a real Slurm, sound and broken. */

import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { type ClusterProject, projectOn } from './rig.ts'

let cluster: Cluster
let project: ClusterProject
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, gpus: 1 })
  project = projectOn(cluster)
})
afterAll(() => cluster?.stop())

/** The part of the report about Slurm, and the exit code. */
async function examined(args: readonly string[] = [], env?: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await project.llmpipe(['doctor', '--executor', 'slurm', ...args], env)
  expect(stderr).toBe('')
  return { code, report: stdout.slice(stdout.indexOf('\nSlurm\n') + 1) }
}

const jobs = async () => (await cluster.slurm('squeue', '--noheader')).trim()

test('a cluster that works: versions, partitions, a shared store, and what a node has', async () => {
  const { code, report } = await examined()
  expect(report).toMatch(/ ✓ Slurm +\d+\.\d+/)
  expect(report).toMatch(
    / ✓ partition +main \(the default\): 2 nodes, up to 2 CPUs and 4\.29 GB each, gpu:1, no time limit\n/,
  )
  expect(report).toMatch(/ ✓ partition +urgent: 2 nodes/)
  expect(report).toMatch(/ ✓ job +\d+ in the default partition: n[12] answered after \S+s\n/)
  expect(report).toMatch(/ ✓ store +n[12] and this machine see the same files\n/)
  expect(report).toMatch(/ ✓ n[12] +llmpipe \S+, Node \d+\S+, \d+ cores? and .*, ONNX Runtime/)
  expect(code).toBe(0)
  expect(readdirSync(project.folder)).toEqual([])
})

test('the JSON has what llmpipe found on the node', async () => {
  const { stdout } = await project.llmpipe(['doctor', '--executor', 'slurm', '--json'])
  const { slurm } = JSON.parse(stdout)
  expect(slurm.partitions).toMatchObject([{ name: 'main' }, { name: 'urgent' }])
  const found = { node: { version: process.versions.node } }
  expect(slurm.jobs).toMatchObject([{ partition: null, host: expect.stringMatching(/^n[12]$/), found }])
})

test('a store that the nodes do not see is reported as one', async () => {
  // The node has other processes, so it does not have this path.
  const store = `/proc/${process.pid}/cwd/node_modules/.cache/not-shared`
  const { code, report } = await examined(['--store', store])
  expect(report).toContain('the store is not shared: the node does not see what this machine writes to')
  expect(report).toContain('Name a folder that all nodes see under the same path: --store FOLDER.')
  expect(code).toBe(1)
})

test('a job that does not start in time is canceled, and the reason of Slurm is given', async () => {
  const blocking = await cluster.submit('sleep 600', '--nodes=2', '--exclusive')
  await cluster.waitForJob(blocking, 'RUNNING')
  const { code, report } = await examined(['--wait', '2'])
  expect(report).toMatch(/ ✗ job .*: it waited in the queue for 2\.0s \((Resources|Priority)\) and was canceled/)
  expect(code).toBe(1)
  await cluster.slurm('scancel', blocking)
  await cluster.waitForNodes('idle')
  expect(await jobs()).toBe('')
})

test('each partition of the site file gets a job, with a GPU where it has some', async () => {
  const slurm = { partitions: [{ name: 'main' }, { name: 'urgent', gpus: 1 }, { name: 'nowhere' }], gpuRequest: 'gpus' }
  project.write('llmpipe.site.json', JSON.stringify({ slurm }))
  const { code, report } = await examined()
  expect(report).toMatch(/ ✓ job +\d+ in main: n[12] answered after/)
  expect(report).toMatch(/ ✓ job +\d+ in urgent: n[12] answered after/)
  // The store was new.
  expect(readdirSync(project.folder)).toEqual(['llmpipe.site.json'])
  expect(report).toMatch(/ ✗ job +in nowhere: sbatch refuses: .*Invalid partition name specified\n/)
  expect(report).toContain('Slurm: no stage can run in nowhere\n')
  expect(report).toContain('The account, the partition, the QOS and the limits of jobs stand in the site file.')
  expect(code).toBe(1)
})

test('a command that nodes do not have is reported in their words, once the site file is trusted', async () => {
  project.write('llmpipe.site.json', JSON.stringify({ slurm: { command: ['/nonexistent/llmpipe'] } }))
  const untrusted = await project.llmpipe(['doctor', '--executor', 'slurm'])
  expect(untrusted).toMatchObject({ code: 2, stderr: expect.stringContaining('llmpipe trust PROGRAM') })
  const home = { XDG_STATE_HOME: `${cluster.folder}/state-of-user` }
  project.write('a.llmpipe', 'data words = read("words.txt")\n')
  project.write('words.txt', 'words\n')
  expect(await project.llmpipe(['trust', 'a.llmpipe', '--yes'], home)).toMatchObject({ code: 0 })
  const { code, report } = await examined([], home)
  expect(report).toMatch(
    / ✗ job .*: llmpipe does not run on n[12]: .*\/nonexistent\/llmpipe: No such file or directory/,
  )
  expect(code).toBe(1)
  rmSync(join(project.folder, 'llmpipe.site.json'))
})

test('banners that sbatch prints do not disturb', async () => {
  project.write(
    'bin/sbatch',
    '#!/bin/sh\necho "Welcome to the cluster, maintenance on 12"\n/usr/bin/sbatch "$@"\necho Bye >&2\necho "Enjoy"\n',
  )
  chmodSync(join(project.folder, 'bin/sbatch'), 0o755)
  const { code, report } = await examined([], { PATH: `${project.folder}/bin:${process.env.PATH}` })
  expect(report).toContain('answered after')
  expect(code).toBe(0)
})

test('a machine without Slurm, or without its configuration', async () => {
  const without = await examined([], { PATH: '/nonexistent' })
  expect(without).toMatchObject({
    code: 1,
    report: expect.stringContaining('there is no command sbatch on this machine'),
  })
  project.write('empty.conf', '')
  const unconfigured = await examined([], { SLURM_CONF: join(project.folder, 'empty.conf') })
  expect(unconfigured).toMatchObject({
    code: 1,
    report: expect.stringContaining('Slurm is not configured on this machine'),
  })
})

test('a controller that is down', async () => {
  await cluster.stopController()
  const { code, report } = await examined()
  expect(report).toContain('the controller of Slurm does not answer')
  expect(report).toContain('no job can be submitted now; jobs that run go on')
  expect(code).toBe(1)
})
