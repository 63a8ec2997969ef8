/** The executor of a run: that of `--executor`, or else that of the site file. */

import type { PlanNode } from '../../../core/plan.ts'
import type { Executor } from '../../../run/executors/executor.ts'
import type { FolderStore } from '../../../store/folder-store.ts'
import { jobCommand, version } from '../../package.ts'
import type { ExecutorName } from './executor-names.ts'
import { siteFor } from './site.ts'

/** The executor for the program in `folder`; `undefined` for this machine, whose executor a run makes by itself. */
export async function executorFor(
  named: ExecutorName | undefined,
  folder: string,
  store: FolderStore,
): Promise<Executor | undefined> {
  const site = await siteFor(folder)
  if ((named ?? site.executor ?? 'local') === 'local') return undefined
  const { slurmExecutor } = await import('../../../run/executors/slurm/slurm.ts')
  return slurmExecutor({ store, site: site.slurm ?? {}, jobCommand: jobCommand(), hasParts, version })
}

/** Whether the work of a node has parts. */
export async function hasParts({ kind, params }: PlanNode): Promise<boolean> {
  const { kinds } = await import('../../../stages/index.ts')
  return kinds[kind]?.hasParts?.(params) ?? false
}
