/** The accounting is asked by a `sacct` that a folder on PATH holds. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Accounting, accountedIn } from '../../../src/run/executors/slurm/cluster/accounting.ts'
import { type Verdict, verdictOn } from '../../../src/run/executors/slurm/follow/verdict.ts'
import { temporaryFolder } from '../rig.ts'

/** Puts a `sacct` first on PATH, or none anywhere. Returns how often it was called. */
function sacct(script: string | undefined): () => number {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'calls'), '')
  if (script !== undefined) {
    writeFileSync(join(folder, 'sacct'), `#!/bin/sh\necho "$@" >>${join(folder, 'calls')}\n${script}\n`)
    chmodSync(join(folder, 'sacct'), 0o755)
  }
  vi.stubEnv('PATH', script === undefined ? folder : `${folder}${delimiter}${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  return () => readFileSync(join(folder, 'calls'), 'utf8').split('\n').length - 1
}

test('the memory of a job is that of its largest step, in any unit', () => {
  const lines = ['12|OUT_OF_MEMORY|n3||01:00:00', '12.batch|OUT_OF_MEMORY|n3|1310720K|', '12.0|FAILED|n3|1.5G|']
  expect(accountedIn(`${lines.join('\n')}\n`, '12')).toEqual({
    state: 'OUT_OF_MEMORY',
    node: 'n3',
    memory: 1.5 * 2 ** 30,
    limit: '01:00:00',
  })
})

test('words after a state are left out, and a job without a node has none', () => {
  expect(accountedIn('12|CANCELLED by 1000|None assigned||UNLIMITED\n', '12')).toEqual({ state: 'CANCELLED', node: '' })
  expect(accountedIn('', '12')).toBeUndefined()
  expect(accountedIn('121|RUNNING|n1||\n', '12')).toBeUndefined()
})

test.each([
  ['there is none', undefined],
  ['nothing is recorded', 'echo "Slurm accounting storage is disabled" >&2; exit 1'],
])('a cluster where %s is asked once', async (_, script) => {
  const calls = sacct(script)
  const accounting = new Accounting()
  expect(await accounting.job('12')).toBeUndefined()
  expect(await accounting.job('13')).toBeUndefined()
  expect(calls()).toBe(script === undefined ? 0 : 1)
})

test('an accounting that does not answer is asked again', async () => {
  sacct('echo "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection" >&2; exit 1')
  const accounting = new Accounting()
  expect(await accounting.job('12')).toBeUndefined()
  sacct("printf '12|TIMEOUT|n1||00:10:00\\n12.batch|CANCELLED|n1|5000K|\\n'")
  expect(await accounting.job('12')).toEqual({ state: 'TIMEOUT', node: 'n1', memory: 5_120_000, limit: '00:10:00' })
})

const evidence = { id: '12', output: [], declared: 2 ** 30 }
const queue = { reason: '', node: 'n1', name: '', comment: '' }

test('a job that the queue only knows as failed is judged by the accounting', () => {
  const listed = { ...queue, state: 'FAILED' }
  const accounted = { state: 'TIMEOUT', node: 'n1', limit: '00:10:00' }
  expect(verdictOn({ ...evidence, listed, accounted })).toMatchObject({
    type: 'displaced',
    cause: 'time-limit',
    message: expect.stringContaining('its time limit (00:10:00)'),
  })
  expect(verdictOn({ ...evidence, listed })).toMatchObject({ type: 'failed', error: { code: 'crashed' } })
})

test('the node of a job that failed without a trace does not seem to see the store', () => {
  const listed = { ...queue, state: 'FAILED' }
  const { error } = verdictOn({ ...evidence, listed, withoutTrace: '/home/me/.llmpipe' }) as Verdict & {
    type: 'failed'
  }
  expect(error.message).toContain('its node does not seem to see that folder')
  expect(error.message).toContain('/home/me/.llmpipe')
  expect(error.help).toContain('--store')
  expect(verdictOn({ ...evidence, listed })).toMatchObject({
    error: { help: expect.stringContaining('Its script printed nothing.') },
  })
})

test('what the queue says exactly is not overruled', () => {
  const listed = { ...queue, state: 'NODE_FAIL' }
  expect(verdictOn({ ...evidence, listed, accounted: { state: 'FAILED', node: 'n1' } })).toMatchObject({
    badNode: 'n1',
  })
})

test('without an accounting, the failure of a job that ran out of memory names what its stage declares', () => {
  expect(verdictOn({ ...evidence, listed: { ...queue, state: 'OUT_OF_MEMORY' } })).toMatchObject({
    error: {
      message: 'slurm job 12 ran out of memory on n1: its stage declares 1024 MiB',
      help: expect.stringContaining('to 2048 MiB for example'),
    },
  })
  expect(verdictOn({ ...evidence, listed: { ...queue, state: 'OUT_OF_MEMORY' }, hasFixedMemory: true })).toMatchObject({
    error: { help: expect.stringContaining('"arguments": ["--mem=2048M"] in the site file') },
  })
})
