/** The cluster of the tests does what Slurm does elsewhere: all other tests in this folder rest on it. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Cluster, startCluster, until } from './cluster.ts'
import { processesWith } from './processes.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ maxArraySize: 5, gpus: 2 })
})
afterAll(() => cluster?.stop())

const logOf = (id: string) => readFileSync(join(cluster.folder, `job-${id}.log`), 'utf8')

test('a job runs on a node with its own host name and its own processes', async () => {
  const id = await cluster.submit('hostname; ps -e | grep -c slurmctld', '--nodelist=n2')
  await cluster.waitForJob(id, 'COMPLETED', 'FAILED')
  expect(logOf(id)).toBe('n2\n0\n')
})

test('srun starts a task on each of three nodes', async () => {
  const id = await cluster.submit('srun hostname | sort', '--nodes=3', '--ntasks-per-node=1')
  await cluster.waitForJob(id, 'COMPLETED', 'FAILED')
  expect(logOf(id)).toBe('n1\nn2\nn3\n')
})

test('a job gets the GPUs that it asks for', async () => {
  const id = await cluster.submit('echo $CUDA_VISIBLE_DEVICES', '--gpus=2')
  await cluster.waitForJob(id, 'COMPLETED', 'FAILED')
  expect(logOf(id)).toBe('0,1\n')
})

test('scancel ends a job', async () => {
  const id = await cluster.submit('sleep 600')
  await cluster.waitForJob(id, 'RUNNING')
  await cluster.slurm('scancel', id)
  await cluster.waitForJob(id, 'CANCELLED')
})

test('a job that is requeued runs again, and knows that it does', async () => {
  const id = await cluster.submit('echo "run $SLURM_RESTART_COUNT"; [ "$SLURM_RESTART_COUNT" = 1 ] || sleep 600')
  await until('the job writes', () => existsSync(join(cluster.folder, `job-${id}.log`)) && logOf(id) !== '')
  await cluster.slurm('scontrol', 'requeue', id)
  await cluster.waitForJob(id, 'COMPLETED')
  expect(logOf(id)).toMatch(/^run \n(.*\n)*run 1\n$/)
})

test('a job of the partition urgent preempts one of main, which runs again later', async () => {
  const victim = await cluster.submit('sleep 600', '--nodes=3', '--exclusive')
  await cluster.waitForJob(victim, 'RUNNING')
  const urgent = await cluster.submit('true', '--partition=urgent')
  await cluster.waitForJob(urgent, 'COMPLETED')
  await cluster.waitForJob(victim, 'RUNNING')
  expect(await cluster.job(victim, 'Restarts')).toBe('1')
  await cluster.slurm('scancel', victim)
})

test('an array is at most as large as MaxArraySize allows', async () => {
  const id = await cluster.submit('echo $SLURM_ARRAY_TASK_ID', '--array=0-4')
  await cluster.waitForJob(id, 'COMPLETED')
  const { code, stderr } = await cluster.run('sbatch', '--array=0-5', '--wrap', 'true')
  expect(code).toBe(1)
  expect(stderr).toContain('Invalid job array specification')
})

test('a job goes on while the controller is stopped, and has ended when it is back', async () => {
  const file = join(cluster.folder, 'done')
  const id = await cluster.submit(`sleep 1; touch ${file}`)
  await cluster.waitForJob(id, 'RUNNING')
  await cluster.stopController('TERM')
  await until('the job is done', () => existsSync(file))
  const { code, stderr } = await cluster.run('squeue')
  expect(code).toBe(1)
  expect(stderr).toContain('Unable to contact slurm controller')
  await cluster.startController()
  await cluster.waitForJob(id, 'COMPLETED')
})

test('the job of a node without slurmd goes on there while Slurm starts it again elsewhere', async () => {
  const file = join(cluster.folder, 'hosts')
  const id = await cluster.submit(`hostname >>${file}; sleep 600`)
  await until('the job runs', () => existsSync(file) && readFileSync(file, 'utf8') !== '')
  const first = readFileSync(file, 'utf8').trim()
  await cluster.machine(first).endDaemon('KILL')
  await cluster.waitForNodes('down', [first])
  await cluster.waitForJob(id, 'RUNNING')
  await until('the job runs again', () => readFileSync(file, 'utf8').trim().includes('\n'))
  const [, second] = readFileSync(file, 'utf8').trim().split('\n')
  expect(second).not.toBe(first)
  expect(processesWith(cluster.folder).filter(({ command }) => command === 'sleep 600')).toHaveLength(2)
  await cluster.slurm('scancel', id)
  await cluster.machine(first).crash()
  await cluster.machine(first).start()
  await cluster.waitForNodes('idle')
})

test('nothing of a cluster outlives a process that started it and was killed', async () => {
  const child = startElsewhere()
  onTestFinished(() => void child.kill('SIGKILL'))
  const folder = await new Promise<string>((resolve) => child.stdout!.once('data', (text) => resolve(`${text}`.trim())))
  const running = () => processesWith(folder).map(({ command }) => command)
  await until('the job has begun', () => running().includes('sleep 600'))
  const commands = running()
  expect(commands.filter((command) => /^slurmctld|^slurmd/.test(command))).toHaveLength(2)
  expect(isMounted(join(folder, 'small-disk'))).toBe(isRoot)
  child.kill('SIGKILL')
  await until('everything has ended', () => processesWith(folder).length === 0)
  await until('the small disk is unmounted', () => !isMounted(join(folder, 'small-disk')))
})

const isRoot = process.getuid?.() === 0

/** Whether something is mounted at a path. */
function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8').includes(` ${path} `)
}

/** A process that starts a cluster of one node with a running job, and with a small disk if it may mount one, and prints the folder. */
function startElsewhere(): ChildProcess {
  const outfile = join(mkdtempSync(join(tmpdir(), 'elsewhere-')), 'start.mjs')
  const contents = `import { startCluster } from './cluster.ts'
    const cluster = await startCluster({ nodes: 1, ...(${isRoot} ? { smallDisk: 1 } : {}) })
    await cluster.waitForJob(await cluster.submit('sleep 600'), 'RUNNING')
    console.log(cluster.folder)
    setInterval(() => {}, 1000)`
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  })
  return spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] })
}
