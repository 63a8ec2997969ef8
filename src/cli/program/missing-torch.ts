/** A notice, early in a run, that its trainings on PyTorch will fail: before hours of work on data, not after. */

import type { RunEvent } from '../../core/event.ts'
import { StageError } from '../../core/failure.ts'
import type { Plan } from '../../core/plan.ts'

/**
 * Listens to the events of a run. When the first stage starts, it looks for a Python with PyTorch, if a stage that is not done yet needs one, and
 * passes a notice to `emit` if this machine has none. The run continues: other stages are of use, and `setup torch` may mend it meanwhile.
 */
export function noticeMissingTorch(plan: Plan, emit: (notice: RunEvent) => void): (event: RunEvent) => void {
  const needing = new Map(plan.nodes.flatMap(({ id, name, params }) => (params.engine === 'torch' ? [[id, name]] : [])))
  let hasLooked = false
  return (event) => {
    if (event.event === 'cached' || event.event === 'finished') needing.delete(event.id)
    if (event.event !== 'started' || hasLooked || needing.size === 0 || needing.has(event.id)) return
    hasLooked = true
    const [stage] = needing.values()
    look().then((problem) => {
      if (problem === undefined) return
      const message = `\`${stage}\` needs PyTorch and will fail: ${problem.message}. ${problem.help ?? ''}`.trim()
      emit({ event: 'notice', message, time: Date.now() })
    })
  }
}

/** Why no Python can compute; `undefined` if one can. */
async function look(): Promise<StageError | undefined> {
  const { findPython } = await import('../../engine/torch/python/find.ts')
  try {
    await findPython()
    return undefined
  } catch (error) {
    // Anything else is the stage's to report.
    return error instanceof StageError ? error : undefined
  }
}
