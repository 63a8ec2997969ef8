/** The stages as a graph: one row for each stage with its state and its cost, and the rails of its inputs beside it. Variants share a row. */

import { railsWithin } from '../../view/charts/rails.ts'
import { duration, plural } from '../../view/format.ts'
import type { StageOutcome } from '../../view/log/summary.ts'
import type { ReportData, StageData } from '../data.ts'
import { groupsOf, type StageGroup } from '../groups.ts'
import { type Html, html } from '../html.ts'
import { anchor, bar, type Section } from '../parts.ts'
import { type RailShape, railSvg, shapesOf } from '../rail-svg.ts'

/** More lanes side by side than this are not drawn: the rows alone are easier to read. */
const mostLanes = 24

export function graph({ stages }: ReportData): Section | undefined {
  if (stages.length === 0) return undefined
  const groups = groupsOf(stages)
  const rows = railsWithin(groups, mostLanes)
  const shapes = rows === undefined ? undefined : shapesOf(rows, groups)
  const costs = groups.map(({ stages: own }) => own.reduce((sum, { seconds = 0 }) => sum + seconds, 0))
  const most = Math.max(0, ...costs)
  const items = groups.map((group, i) => row(group, costs[i]!, most, shapes?.[i], stages))
  const total = costs.reduce((sum, cost) => sum + cost, 0)
  const body = html`<ol class="graph">${items}</ol><p class="quiet">${plural(stages.length, 'stages')}, ${duration(total)} of work in all. Time of cached stages is what they took when they ran.</p>`
  return { id: 'stages', title: 'Stages', body }
}

function row(
  { name, stages: own }: StageGroup,
  seconds: number,
  most: number,
  shape: RailShape | undefined,
  all: readonly StageData[],
): Html {
  const [first] = own
  if (first === undefined) return html``
  const state = stateOf(own)
  const summary =
    own.length > 1
      ? statesInWords(own)
      : (first.error?.message ?? first.because ?? first.progress ?? first.report.summary ?? '')
  const kind = own.length > 1 ? `${first.kind}, ${plural(own.length, 'variants')}` : first.kind
  return html`<li class="${tones[state]}">${shape === undefined ? html`<i class="dot" aria-hidden="true"></i>` : railSvg(shape)}<a href="#${anchor(all, first)}"><bdi>${name}</bdi></a><span class="kind">${kind}</span><span class="outcome">${state}</span><span class="cost">${seconds > 0 ? duration(seconds) : ''}</span>${bar(most === 0 ? 0 : seconds / most)}<span class="summary" dir="auto">${summary}</span></li>`
}

/** The state that says most about a group: the worst. */
function stateOf(stages: readonly StageData[]): StageOutcome {
  return worst.find((state) => stages.some((stage) => stage.state === state)) ?? 'waiting'
}

const worst: readonly StageOutcome[] = [
  'failed',
  'running',
  'not finished',
  'interrupted',
  'skipped',
  'not started',
  'waiting',
  'finished',
  'cached',
]

export const tones: { readonly [S in StageOutcome]: string } = {
  waiting: 'idle',
  running: 'busy',
  cached: 'cached',
  finished: 'good',
  failed: 'bad',
  skipped: 'idle',
  interrupted: 'warn',
  'not started': 'idle',
  'not finished': 'warn',
}

/** `5 finished, 1 failed`. */
function statesInWords(stages: readonly StageData[]): string {
  const counts = worst.map((state) => [state, stages.filter((stage) => stage.state === state).length] as const)
  return counts.flatMap(([state, count]) => (count === 0 ? [] : [`${count} ${state}`])).join(', ')
}
