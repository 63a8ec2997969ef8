/** Whether what a program runs of its own may run: each version of it has been looked at and trusted, by the person whose machine it is. */

import { dirname } from 'node:path'
import type { Plan } from '../../core/plan.ts'
import { Refusal } from '../terminal/refusal.ts'
import { type OwnRun, ownRuns } from './custom-code.ts'
import { listProblem, projectOf, trustedIn } from './trust-list.ts'

/** The things a program runs of its own that are not trusted as they are now. `root` is the folder of the store. */
export async function untrustedRuns(file: string, plan: Plan, root: string): Promise<OwnRun[]> {
  const runs = await ownRuns(plan, dirname(file), root)
  if (runs.length === 0) return []
  const trusted = trustedIn(projectOf(file))
  return runs.filter(({ digest }) => !trusted.has(digest))
}

/** Things that a message names; the others are counted. */
const NAMED = 5

/** A Refusal if a program runs what is not trusted; `undefined` if all of it is. */
export async function trustRefusal(file: string, plan: Plan, root: string): Promise<Refusal | undefined> {
  const runs = await untrustedRuns(file, plan, root)
  if (runs.length === 0) return undefined
  const more = runs.length > NAMED ? `; and ${runs.length - NAMED} more` : ''
  const named = runs.slice(0, NAMED).map(({ short }) => short)
  const problem = listProblem()
  return new Refusal(
    `${file} runs code of its own, and this version of it is not trusted yet`,
    problem === undefined
      ? `${named.join('; ')}${more}. To read all of it and decide: llmpipe trust ${file}`
      : `What you trust cannot be known: ${problem}`,
  )
}

/** Throws a Refusal if a program runs what is not trusted. */
export async function checkTrust(file: string, plan: Plan, root: string): Promise<void> {
  const refusal = await trustRefusal(file, plan, root)
  if (refusal !== undefined) throw refusal
}
