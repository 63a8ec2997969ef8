/** The exports of a run. */

import type { Plan, PlanNode } from '../../core/plan.ts'
import type { StatCache } from '../../store/inputs/stat-cache.ts'
import type { Action } from '../../store/store.ts'
import type { RunOptions } from '../options.ts'
import type { RunReporter } from '../reporter.ts'
import { type Exported, exportArtefacts } from './export.ts'
import { exportTrouble } from './folder.ts'

export class RunExports {
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #cache: StatCache
  readonly #inputFiles: readonly string[]

  /** `inputFiles`: the paths of the input files that the run has read so far. No export replaces them. */
  constructor(plan: Plan, options: RunOptions, cache: StatCache, inputFiles: readonly string[]) {
    this.#plan = plan
    this.#options = options
    this.#cache = cache
    this.#inputFiles = inputFiles
  }

  /** Warns before the work of what may keep its results from being exported after it. */
  warn(reporter: RunReporter): void {
    const { programDir, overwrite } = this.#options
    if (overwrite) return
    for (const node of this.#plan.nodes) {
      if (node.exportTo === undefined) continue
      const trouble = exportTrouble(node.exportTo, { programDir, program: this.#plan.program })
      if (trouble !== undefined) reporter.log(node, 'warning', trouble)
    }
  }

  /** Exports the outputs of a node. `undefined` if the program does not export them. */
  async export({ exportTo }: PlanNode, outputs: Action['outputs']): Promise<Exported | undefined> {
    if (exportTo === undefined) return undefined
    const { store, programDir, overwrite = false } = this.#options
    const { program } = this.#plan
    const inputs = () => this.#inputFiles
    return exportArtefacts(exportTo, outputs, { store, programDir, program, cache: this.#cache, overwrite, inputs })
  }
}
