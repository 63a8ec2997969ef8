/** Decides whether the commands and the code of a program may run: the user of this machine has to trust each version of them. */

import { dirname, join } from 'node:path'
import type { Plan } from '../../core/plan.ts'
import { Refusal } from '../terminal/refusal.ts'
import { type CustomRun, customRuns } from './custom-code.ts'
import { siteRuns } from './executor/site.ts'
import { listProblem, projectOf, trustedIn } from './trust-list.ts'

/** The commands and the code of a program that the user does not trust as they are now. `root` is the folder of the store. */
export async function untrustedRuns(file: string, plan: Plan, root: string): Promise<CustomRun[]> {
  const runs = [...(await siteRuns(dirname(file))), ...(await customRuns(plan, dirname(file), root))]
  if (runs.length === 0) return []
  const trusted = trustedIn(projectOf(file))
  return runs.filter(({ digest }) => !trusted.has(digest))
}

/** Commands and files that a message names; the others are counted. */
const maxNamed = 5

/** The refusal to run a program with untrusted code; `undefined` if the user trusts all of it. */
export async function trustRefusal(file: string, plan: Plan, root: string): Promise<Refusal | undefined> {
  const runs = await untrustedRuns(file, plan, root)
  if (runs.length === 0) return undefined
  const more = runs.length > maxNamed ? `; and ${runs.length - maxNamed} more` : ''
  const named = runs.slice(0, maxNamed).map(({ short }) => short)
  const problem = listProblem()
  return new Refusal(
    `${file} brings code of its own, and this version of it is not trusted yet`,
    problem === undefined
      ? `${named.join('; ')}${more}. To read all of it and decide: llmpipe trust ${file}`
      : `The list of trusted code cannot be used: ${problem}`,
  )
}

/** Throws a Refusal if the site file of a folder runs commands that the user does not trust. */
export async function checkSiteTrust(folder: string): Promise<void> {
  const program = join(folder, 'PROGRAM')
  const untrusted = await siteRuns(folder)
  if (untrusted.length === 0) return
  const trusted = trustedIn(projectOf(program))
  const first = untrusted.find(({ digest }) => !trusted.has(digest))
  if (first === undefined) return
  throw new Refusal(
    `${first.short}, and they are not trusted yet`,
    'To read them and decide: llmpipe trust PROGRAM, with a program of this folder.',
  )
}

/** Throws a Refusal if a program has untrusted code. */
export async function checkTrust(file: string, plan: Plan, root: string): Promise<void> {
  const refusal = await trustRefusal(file, plan, root)
  if (refusal !== undefined) throw refusal
}
