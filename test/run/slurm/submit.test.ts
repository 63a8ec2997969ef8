/** The job that Slurm is asked for: its arguments and its script. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environment } from '../../../src/run/executors/slurm/cluster/commands.ts'
import { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import type { SlurmSite } from '../../../src/run/executors/slurm/site.ts'
import { sbatchArguments, script } from '../../../src/run/executors/slurm/submit/submit.ts'
import type { StageWork } from '../../../src/run/stage-work.ts'
import { asKey } from '../../brands.ts'
import { planOf, temporaryFolder } from '../rig.ts'

const gib = 1024 ** 3

function workOf(
  resources: { cpus: number; memory: number; gpus?: number; nodes?: number },
  hints = {},
  name = 'base',
): StageWork {
  const [node] = planOf({ base: { name } }).nodes
  const key = asKey('a'.repeat(64))
  return {
    key,
    node: { ...node!, hints, resources },
    models: {},
    inputs: {},
    files: {},
    fresh: false,
    draft: {
      key,
      node: { id: 'base', name, kind: 'text' },
      components: [],
      words: [],
      files: {},
      run: 'r',
      reason: '',
    },
    root: '/store',
    stageCommand: [],
    sharesGpus: false,
  }
}

const asked = (site: SlurmSite, work: StageWork, more: { exclude?: string[]; cpusPerNode?: number } = {}) =>
  sbatchArguments({
    work,
    site,
    folder: new JobFolder('/store', 'f-1'),
    command: [],
    exclude: more.exclude ?? [],
    cpusPerNode: more.cpusPerNode,
  })

test('a job asks for the CPUs, memory and GPUs of its stage', () => {
  const words = asked({}, workOf({ cpus: 4, memory: 2 * gib, gpus: 2 }))
  expect(words).toEqual(expect.arrayContaining(['--cpus-per-task=4', '--mem=2304M', '--gres=gpu:2']))
  expect(asked({ gpuRequest: 'gpus', gpuType: 'a100' }, workOf({ cpus: 1, memory: gib, gpus: 1 }))).toContain(
    '--gpus=a100:1',
  )
  expect(asked({}, workOf({ cpus: 1, memory: gib })).join(' ')).not.toContain('gpu')
})

test('a stage on several nodes asks for one task on each, and for the GPUs of each', () => {
  expect(asked({}, workOf({ cpus: 1, memory: gib }))).toEqual(expect.arrayContaining(['--nodes=1', '--ntasks=1']))
  const work = workOf({ cpus: 4, memory: 2 * gib, gpus: 8, nodes: 3 })
  const common = ['--nodes=3', '--ntasks=3', '--ntasks-per-node=1', '--cpus-per-task=4', '--mem=2304M']
  expect(asked({}, work)).toEqual(expect.arrayContaining([...common, '--gres=gpu:8']))
  expect(asked({ gpuRequest: 'gpus' }, work)).toEqual(expect.arrayContaining([...common, '--gpus-per-node=8']))
})

test('a stage that can use more threads than a node has asks for those of the node', () => {
  expect(asked({}, workOf({ cpus: 64, memory: gib }), { cpusPerNode: 8 })).toContain('--cpus-per-task=8')
  const site = { partitions: [{ name: 'small', cpus: 16 }] }
  expect(asked(site, workOf({ cpus: 64, memory: gib }), { cpusPerNode: 8 })).toContain('--cpus-per-task=16')
})

test('the first partition that a stage fits gets it, with the fields of that partition', () => {
  const site: SlurmSite = {
    account: 'lab',
    time: '4h',
    partitions: [
      { name: 'short', cpus: 8, memory: '16GiB', time: '30m' },
      { name: 'large', account: 'lab-large' },
      { name: 'gpu', gpus: 8, constraint: 'a100&nvlink' },
    ],
  }
  const small = asked(site, workOf({ cpus: 2, memory: gib }))
  expect(small).toEqual(expect.arrayContaining(['--partition=short', '--account=lab', '--time=30']))
  const large = asked(site, workOf({ cpus: 2, memory: 64 * gib }))
  expect(large).toEqual(expect.arrayContaining(['--partition=large', '--account=lab-large', '--time=240']))
  const gpu = asked(site, workOf({ cpus: 2, memory: gib, gpus: 1 }))
  expect(gpu).toEqual(expect.arrayContaining(['--partition=gpu', '--constraint=a100&nvlink', '--gres=gpu:1']))
})

test('a stage with a timeout asks for no more time than that', () => {
  expect(asked({ time: '1d', grace: '1m' }, workOf({ cpus: 1, memory: gib }, { timeout: 600 }))).toContain('--time=12')
  expect(asked({ time: '10m' }, workOf({ cpus: 1, memory: gib }, { timeout: 86_400 }))).toContain('--time=10')
  expect(asked({}, workOf({ cpus: 1, memory: gib })).join(' ')).not.toContain('--time')
})

test('a job is asked to save its work at the earliest after half of its time', () => {
  const small = workOf({ cpus: 1, memory: gib })
  expect(asked({ time: '1m' }, small)).toContain('--signal=B:USR1@30')
  expect(asked({ time: '4h' }, small)).toContain('--signal=B:USR1@120')
  expect(asked({ grace: '10m' }, small)).toContain('--signal=B:USR1@600')
})

test('nodes that failed are excluded, and the arguments of the site come last', () => {
  const words = asked({ arguments: ['--mail-type=FAIL'] }, workOf({ cpus: 1, memory: gib }), { exclude: ['n1', 'n7'] })
  expect(words).toContain('--exclude=n1,n7')
  expect(words.at(-1)).toBe('--mail-type=FAIL')
})

test('nodes that failed are excluded beside those that the site file excludes, because sbatch takes one list', () => {
  const site = { arguments: ['--exclude=n3,n4', '-x n5', '--mail-type=FAIL'] }
  const words = asked(site, workOf({ cpus: 1, memory: gib }), { exclude: ['n1'] })
  expect(words.filter((word) => /exclude|-x/.test(word))).toEqual(['--exclude=n3,n4,n5,n1'])
  expect(asked(site, workOf({ cpus: 1, memory: gib }))).toContain('--exclude=n3,n4,n5')
})

test('the name of a stage becomes a name of a job that sbatch takes', () => {
  const words = asked({}, workOf({ cpus: 1, memory: gib }, {}, 'base[lr=1e-3] ; rm -rf'))
  expect(words).toContain('--job-name=llmpipe:base[lr=1e-3]___rm_-rf')
})

test('the script loads modules, runs the prologue, and becomes the process of the job', () => {
  const store = join(temporaryFolder(), "it's a store")
  const folder = new JobFolder(store, 'f-1')
  mkdirSync(folder.path, { recursive: true })
  writeFileSync(join(store, 'say.sh'), 'printf "%s|" "$GREETING" "$@"; echo "$$"')
  const text = script({
    site: { prologue: ['export GREETING=hello'] },
    command: ['sh', join(store, 'say.sh'), 'job'],
    folder,
  })
  const child = execFileSync('bash', ['-c', 'echo $$; exec bash -s', '--'], { input: text, encoding: 'utf8' })
  const [pid, said] = child.trim().split('\n')
  expect(said).toBe(`hello|job|${folder.path}|${pid}`)
  expect(
    script({ site: { modules: ['cuda/12'] }, command: ['llmpipe'], folder })
      .split('\n')
      .slice(0, 2),
  ).toEqual(['#!/bin/bash -l', 'module load cuda/12'])
})

test('a run inside a job passes nothing of that job on', () => {
  const inside = {
    SLURM_JOB_ID: '7',
    SBATCH_PARTITION: 'x',
    PMI_RANK: '0',
    SLURM_CONF: '/etc/slurm.conf',
    PATH: '/bin',
  }
  expect(environment(inside)).toEqual({ SLURM_CONF: '/etc/slurm.conf', PATH: '/bin' })
})
