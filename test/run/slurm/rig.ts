/** A stage whose job is submitted by commands of Slurm that a test plays. */

import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { JobPlace } from '../../../src/core/event.ts'
import { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import type { StageWork } from '../../../src/run/stage-work.ts'
import { type Claim, claim, isHeld, joinClaim, textOfClaim } from '../../../src/store/claim.ts'
import { asKey } from '../../brands.ts'
import { planOf, temporaryFolder } from '../rig.ts'

export const key = asKey('a'.repeat(64))

/** Puts commands first on PATH, each a shell script. Returns their folder. */
export function commands(scripts: Readonly<Record<string, string>>): string {
  const bin = temporaryFolder()
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  return bin
}

/** The work of a stage named `base`. */
export function workIn(root: string): StageWork {
  const [node] = planOf({ base: {} }).nodes
  const draft = { key, node: { id: 'base', name: 'base', kind: 'text' }, components: [], words: [], files: {} }
  return {
    ...{ key, node: node!, models: {}, inputs: {}, files: {}, fresh: false, root, stageCommand: [], sharesGpus: false },
    draft: { ...draft, run: 'r', reason: '' },
  }
}

/** A job with the id 7 that holds the claim of the stage: its folder, its place and what it does. */
export async function heldJob(root: string) {
  const held = await claimed(root)
  const job = {
    version: 1,
    llmpipe: '0.1.0',
    work: workIn(root),
    claim: { key, attempt: 1, text: textOfClaim(held) },
    time: 0,
  } as const
  const folder = JobFolder.make(root, job)
  const place: JobPlace = { type: 'job', system: 'slurm', id: '7', folder: folder.name }
  held.handOver()
  joinClaim(root, job.claim, place)?.handOver()
  return { folder, place, job }
}

/** The claim of the stage. Throws if it is held. */
export async function claimed(root: string): Promise<Claim> {
  const made = await claim(root, key)
  if (isHeld(made)) throw new Error('held')
  return made
}
