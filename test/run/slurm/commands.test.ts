/** The errors of Slurm: some pass, others do not. */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { slurm } from '../../../src/run/executors/slurm/cluster/commands.ts'
import { temporaryFolder } from '../rig.ts'

/** Puts a command first on PATH that prints errors and fails. */
function failing(...lines: string[]): void {
  const folder = join(temporaryFolder(), 'bin')
  mkdirSync(folder)
  writeFileSync(join(folder, 'errors'), `${lines.map((line) => `sbatch: error: ${line}`).join('\n')}\n`)
  writeFileSync(join(folder, 'sbatch'), `#!/bin/sh\ncat ${join(folder, 'errors')} >&2\nexit 1\n`)
  chmodSync(join(folder, 'sbatch'), 0o755)
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
}

const general = `Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)`

test.each([
  ['QOSMaxSubmitJobPerUserLimit', 'unreachable'],
  ['AssocMaxSubmitJobLimit', 'unreachable'],
  ['QOSMaxWallDurationPerJobLimit', 'refused'],
  ['QOSMaxGRESPerJob', 'refused'],
  ['QOSMinGRES', 'refused'],
])('%s: whether other jobs can make room decides (%s)', async (limit, type) => {
  failing(limit, general)
  expect(await slurm('sbatch', [])).toEqual({ type, message: `${limit}; ${general}` })
})

test('the reason that a site gives is part of the message', async () => {
  failing(
    '    --> error: requested timelimit exceeds max of 24 hours',
    ' ',
    'Batch job submission failed: Unspecified error',
  )
  expect(await slurm('sbatch', [])).toEqual({
    type: 'refused',
    message: '--> error: requested timelimit exceeds max of 24 hours; Batch job submission failed: Unspecified error',
  })
})
