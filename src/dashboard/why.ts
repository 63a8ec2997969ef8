/** Why a stage runs, and why the stages that it depends on ran: the chain back to the root cause. */

import { bytes } from '../view/format.ts'
import { type Line, seg, wrap } from '../view/line.ts'
import type { RunView, StageView } from '../view/log/fold.ts'

export function whyLines(view: RunView, stage: StageView, columns: number): Line[] {
  const own = wrap(whyOf(stage), columns).map((text): Line => [seg(text)])
  const causes = causesOf(view, stage)
  if (causes.length === 0) return own
  return [
    ...own,
    [],
    [seg('before it ran', 'dim')],
    ...causes.flatMap(({ name, reason = '' }) =>
      wrap(`${name}: ${reason}`, columns - 2).map((text, i): Line => [seg(i === 0 ? '↑ ' : '  ', 'dim'), seg(text)]),
    ),
  ]
}

function whyOf(stage: StageView): string {
  if (stage.state === 'cached') {
    const where = stage.pulled === undefined ? '' : ` Its artefact came from the remote cache, ${bytes(stage.pulled)}.`
    return `It is cached: nothing that it depends on has changed.${where}`
  }
  return stage.reason ?? (stage.because === undefined ? 'It has not started.' : `It was skipped: ${stage.because}.`)
}

/** The stages that ran and that the stage depends on, the nearest first. */
function causesOf(view: RunView, stage: StageView): readonly StageView[] {
  const found = new Set<StageView>()
  let nearest: readonly StageView[] = [stage]
  while (nearest.length > 0) {
    const inputs = nearest.flatMap(({ after }) => after.flatMap((id) => view.stages.get(id) ?? []))
    nearest = [...new Set(inputs)].filter((each) => each.reason !== undefined && !found.has(each))
    for (const each of nearest) found.add(each)
  }
  return [...found]
}
