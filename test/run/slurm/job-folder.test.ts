/** The folders of jobs in a store, and who may remove what. */

import { existsSync, mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JobPlace } from '../../../src/core/event.ts'
import { JobFolder, removeOldJobs } from '../../../src/run/executors/slurm/job/job-folder.ts'
import { slurmExecutor } from '../../../src/run/executors/slurm/slurm.ts'
import { keepCodeOfJobs } from '../../../src/run/executors/slurm/stop.ts'
import { claim, isHeld, joinClaim, textOfClaim } from '../../../src/store/claim.ts'
import { openStore } from '../../../src/store/folder-store.ts'
import { codeFile, saveCode, sweepCode } from '../../../src/store/inputs/code.ts'
import { asKey } from '../../brands.ts'
import { planOf, temporaryFolder } from '../rig.ts'

const month = 30 * 86_400_000

/** A store with a job that holds the claim of a key, and whose stage runs some code. */
async function storeWithJob() {
  const root = temporaryFolder()
  const bundle = saveCode(root, 'export const stage = 1')
  const [node] = planOf({ base: {} }).nodes
  const key = asKey('a'.repeat(64))
  const draft = { key, node: { id: 'base', name: 'base', kind: 'text' }, components: [], words: [], files: {} }
  const work = {
    ...{ key, node: { ...node!, code: { bundle, export: 'stage', sources: [] } }, models: {}, inputs: {}, files: {} },
    ...{ fresh: false, draft: { ...draft, run: 'r', reason: '' }, root, stageCommand: [], sharesGpus: false },
  } as never
  const made = await claim(root, key)
  if (isHeld(made)) throw new Error('held')
  const ticket = { key, attempt: 1, text: textOfClaim(made) }
  const folder = JobFolder.make(root, { version: 1, llmpipe: '0.1.0', work, claim: ticket, time: 0 })
  const place: JobPlace = { type: 'job', system: 'slurm', id: '7', folder: folder.name }
  made.handOver()
  joinClaim(root, ticket, place)?.handOver()
  return { root, folder, place, bundle }
}

function age(path: string): void {
  const then = (Date.now() - 2 * month) / 1_000
  utimesSync(path, then, then)
}

test('the folder and the code of a job that waits for two months stay, and those of other jobs go', async () => {
  const { root, folder, bundle } = await storeWithJob()
  const lost = join(root, 'jobs', `${'b'.repeat(16)}-${'0'.repeat(12)}`)
  mkdirSync(lost)
  const unused = codeFile(root, saveCode(root, 'export const other = 1'))
  for (const path of [folder.path, lost, unused, codeFile(root, bundle)]) age(path)
  age(join(folder.path, 'job.json'))
  slurmExecutor({ store: openStore(root), site: {}, jobCommand: [], version: '0.1.0' })
  keepCodeOfJobs(root)
  sweepCode(root)
  expect([folder.path, lost, codeFile(root, bundle), unused].map((path) => existsSync(path))).toEqual([
    true,
    false,
    true,
    false,
  ])
  removeOldJobs(root, new Set(), Date.now() + month)
  expect(folder.exists).toBe(false)
})

test('the claim of a job counts as held while its folder is there, and only its lease shows whether it lives after that', async () => {
  const { root, folder, place } = await storeWithJob()
  const executor = slurmExecutor({ store: openStore(root), site: {}, jobCommand: [], version: '0.1.0' })
  expect(await executor.isAlive(place)).toBe(true)
  folder.remove()
  expect(await executor.isAlive(place)).toBeUndefined()
})
