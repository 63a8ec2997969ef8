/** Why a stage runs, and why the stages that it depends on ran: the whole chain back to the root causes. */

import { bytes, plural } from '../view/format.ts'
import { type Line, seg, wrap } from '../view/line.ts'
import type { RunView, StageView } from '../view/log/fold.ts'
import { isUnderWay } from '../view/log/stage-view.ts'

export function whyLines(view: RunView, stage: StageView, columns: number): Line[] {
  const own = wrap(whyOf(view, stage), columns).map((text): Line => [seg(text)])
  const causes = causesOf(view, stage)
  if (causes.length === 0) return own
  return [
    ...own,
    [],
    [seg('the stages before it that ran, the nearest first', 'dim')],
    ...causes.flatMap(({ name, reason = '' }) =>
      wrap(`${name}: ${reason}`, columns - 2).map((text, i): Line => [seg(i === 0 ? '↑ ' : '  ', 'dim'), seg(text)]),
    ),
  ]
}

/** Why a stage runs, or why it does not: in words, without the stages before it. */
export function whyOf(view: RunView, stage: StageView): string {
  if (stage.state === 'cached') {
    const where = stage.pulled === undefined ? '' : ` Its artefact came from the remote cache, ${bytes(stage.pulled)}.`
    return `It is cached: nothing that it depends on has changed.${where}`
  }
  if (stage.reason !== undefined) return stage.reason
  return stage.because === undefined ? waitingFor(view, stage) : `It was skipped: ${stage.because}.`
}

/** `It waits for base (running), held_out and 3 more stages.` */
function waitingFor(view: RunView, stage: StageView): string {
  const inputs = stage.after.flatMap((id) => view.stages.get(id) ?? [])
  const open = inputs.filter(({ state }) => state !== 'cached' && state !== 'finished')
  if (open.length === 0) return 'It has not started.'
  const named = open.slice(0, 5).map((each) => (isUnderWay(each) ? `${each.name} (running)` : each.name))
  const more = open.length - named.length
  const all = more === 0 ? named : [...named, plural(more, 'more stages')]
  const list = all.length === 1 ? all[0] : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
  return `It has not started: it waits for ${list}.`
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
