/** The exports of a run. */

import type { Plan, PlanNode } from '../../core/plan.ts'
import { provenanceFile } from '../../store/inputs/input-files.ts'
import type { StatCache } from '../../store/inputs/stat-cache.ts'
import type { Action } from '../../store/store.ts'
import type { RunOptions } from '../options.ts'
import type { RunReporter } from '../reporter.ts'
import { withoutWrongBase } from './adapter-base.ts'
import { type Exported, exportArtefacts } from './export.ts'
import { exportTrouble } from './folder.ts'
import { modelCard } from './model-card.ts'
import { provenanceOf } from './provenance.ts'

export class RunExports {
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #cache: StatCache
  readonly #inputFiles: readonly string[]
  /** The records of the nodes so far, by id. */
  readonly #actions = new Map<string, Action>()

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

  /** Exports the outputs of a node, weights with their provenance. `undefined` if the program does not export them. */
  async export(node: PlanNode, action: Action): Promise<Exported | undefined> {
    this.#actions.set(node.id, action)
    const { exportTo } = node
    if (exportTo === undefined) return undefined
    const { store, programDir, overwrite = false } = this.#options
    const { program } = this.#plan
    const inputs = () => this.#inputFiles
    const options = { store, programDir, program, cache: this.#cache, overwrite, inputs }
    const beside = this.#isOfWeights(node) ? this.#beside(node) : {}
    const replaced = withoutWrongBase(node, this.#plan, this.#actions, store)
    const exported = await exportArtefacts(exportTo, action.outputs, options, beside, replaced?.files)
    return replaced === undefined ? exported : { ...exported, notes: [replaced.note] }
  }

  #isOfWeights({ inputs }: PlanNode): boolean {
    const [of] = inputs.of ?? []
    const type = this.#plan.nodes
      .find(({ id }) => id === of?.node)
      ?.outputs.find(({ name }) => name === of?.output)?.type
    return type?.kind === 'Weights' || type?.kind === 'Reward'
  }

  #beside(node: PlanNode): Record<string, string> {
    const provenance = provenanceOf(node, this.#plan, this.#actions, this.#options.version)
    return {
      [provenanceFile]: `${JSON.stringify(provenance, null, 1)}\n`,
      'README.md': modelCard(provenance),
    }
  }
}
