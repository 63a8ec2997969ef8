/** The conclusions of `llmpipe doctor --executor slurm` from answers of Slurm. test/slurm/doctor.test.ts asks a real one. */

import { describe, expect, test } from 'vitest'
import { failureOfAnswer, failureOfEnd, waitsTooLong } from '../../../src/cli/doctor/slurm/failures.ts'
import { partitionsIn } from '../../../src/cli/doctor/slurm/partitions.ts'

test('partitions are the groups of sinfo: nodes added up, the largest CPUs and memory, every kind of GPU', () => {
  const output = `gpu|up|7-00:00:00|4|idle|64|512000|gpu:a100:4(S:0-1)|gpu*
gpu|up|7-00:00:00|2|down*|128|1031000+|gpu:h100:8,nic:2|gpu*
cpu|drain|infinite|10|mixed|16|64000|(null)|cpu
`
  expect(partitionsIn(output)).toEqual([
    {
      name: 'gpu',
      isDefault: true,
      state: 'up',
      limit: '7-00:00:00',
      nodes: 6,
      unavailable: 2,
      cpus: 128,
      memory: 1_031_000 * 1024 ** 2,
      gpus: ['gpu:a100:4', 'gpu:h100:8'],
    },
    {
      name: 'cpu',
      isDefault: false,
      state: 'drain',
      limit: 'infinite',
      nodes: 10,
      unavailable: 0,
      cpus: 16,
      memory: 64_000 * 1024 ** 2,
      gpus: [],
    },
  ])
})

test('lines of a banner are not taken for partitions', () => {
  expect(partitionsIn('Welcome!\nMaintenance | tomorrow\n\n')).toEqual([])
})

describe('a job that ended without an answer', () => {
  const ended = (exitCode: string, state = 'FAILED', output = '') =>
    failureOfEnd({ state, reason: 'NonZeroExitCode', exitCode }, output, '/store/.doctor-1')

  test.each(['66:0', '0:53', '0:0'])('with %s: the store is not shared', (code) => {
    expect(ended(code)).toMatchObject({ code: 'store-not-shared', help: expect.stringContaining('--store FOLDER') })
  })

  test('with another exit code: the last line of its output says why', () => {
    expect(ended('1:0', 'FAILED', 'Lmod has found an error\nmodule: cuda/99 not found').message).toBe(
      'the job ended as FAILED with exit code 1:0: module: cuda/99 not found',
    )
  })

  test('and that Slurm no longer knows is lost, for whatever reason', () => {
    expect(ended('', 'UNKNOWN').code).toBe('job-lost')
  })
})

test('a job that waits too long is reported with the reason and its meaning', () => {
  const waiting = waitsTooLong('7', { state: 'PENDING', reason: 'QOSMaxJobsPerUserLimit', exitCode: '0:0' }, 120)
  expect(waiting.message).toBe('it waited in the queue for 2m 00s (QOSMaxJobsPerUserLimit) and was canceled')
  expect(waiting.help).toContain('your account or its QOS has reached a limit')
  expect(waitsTooLong('7', undefined, 120).message).toContain('the controller of Slurm has not answered for 2m 00s')
})

test('a refusal of sbatch is not taken for a controller that is down', () => {
  const refused = failureOfAnswer(
    { type: 'refused', message: 'Invalid account or account/partition combination specified' },
    'sbatch',
  )
  expect(refused).toMatchObject({ code: 'slurm-refused', help: expect.stringContaining('site file') })
  expect(failureOfAnswer({ type: 'unreachable', message: 'no answer in 60 s' }, 'sbatch').code).toBe(
    'slurm-unreachable',
  )
})
