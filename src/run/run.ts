/** Runs a plan, or the part of it that is wanted. */

import { resolve } from 'node:path'
import type { Plan } from '../core/plan.ts'
import { placeOf } from '../store/place.ts'
import { checkFolder } from './exports/folder.ts'
import { idsNamed, withChecks } from './nodes/select.ts'
import type { RunOptions, RunSummary } from './options.ts'
import { Runner } from './runner.ts'

/**
 * Runs a plan to its end. Failures of stages are part of the summary. Rejected, before anything happened, with a StageError: `unknown-stage` if
 * `force` or `only` name a stage that does not exist, `export-conflict` if nothing can be exported to a folder.
 */
export async function run(plan: Plan, options: RunOptions): Promise<RunSummary> {
  const force = idsNamed(plan, options.force ?? [])
  const only = options.only && withChecks(plan, idsNamed(plan, options.only))
  const wanted = only?.plan ?? plan
  // Weeks of training must not end at a folder that nothing can be exported to.
  for (const { exportTo } of wanted.nodes)
    if (exportTo !== undefined)
      checkFolder(exportTo, placeOf(resolve(options.programDir, exportTo)), options.store.root)
  return new Runner(wanted, options, force, only?.ids).run()
}
