/** What the dashboard shows, as text. */

import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { type FrameState, frame } from '../../src/dashboard/frame.ts'
import { textOf, width } from '../../src/view/line.ts'
import { emptyRun, fold, type RunView } from '../../src/view/run-view.ts'

const stage = (name: string) => ({ stage: name, id: name })

/** A run half-way through: text ready, a training under way, a report waiting. */
function half(): RunView {
  const events: RunEvent[] = [
    {
      event: 'run-started',
      time: 1000,
      run: '1',
      program: 'small.llmpipe',
      stages: 3,
      version: '1.0.0',
      store: '.llmpipe',
    },
    { event: 'planned', time: 1000, ...stage('prose'), kind: 'documents', after: [], line: 1 },
    { event: 'planned', time: 1000, ...stage('base'), kind: 'pretrain', after: ['prose'], line: 2 },
    { event: 'planned', time: 1000, ...stage('score'), kind: 'evaluate', after: ['base'], line: 3 },
    { event: 'cached', time: 1000, ...stage('prose'), digest: 'd', outputs: {}, key: 'k', saved: 3 },
    { event: 'started', time: 2000, ...stage('base'), key: 'k', attempt: 1, pid: 1, cpus: 2, reason: 'first run' },
  ]
  for (let step = 10; step <= 50; step += 10) {
    const time = 2000 + step * 100
    events.push({ event: 'progress', time, ...stage('base'), done: step, total: 100, unit: 'steps' })
    events.push({ event: 'metric', time, ...stage('base'), step, loss: 5 - step / 50, tokensPerSecond: 9000 })
  }
  events.push({ event: 'sample', time: 7000, ...stage('base'), step: 50, prompt: 'Call me', text: ' Ishmael' })
  return events.reduce(fold, emptyRun())
}

const looking = (view: RunView, name: string, more: Partial<FrameState> = {}): FrameState => ({
  selected: view.stages.get(name),
  panel: 'overview',
  scroll: 0,
  stopping: false,
  ...more,
})

const text = (view: RunView, state: FrameState, columns: number, rows: number) =>
  frame(view, state, { columns, rows }).map((line) => textOf(line).trimEnd())

describe('the dashboard', () => {
  it('shows stages, and the progress, curve and sample of the one that is looked at', () => {
    const view = half()
    expect(text(view, looking(view, 'base'), 80, 23)).toMatchSnapshot()
  })

  it('puts them side by side where there is room', () => {
    const view = half()
    const lines = text(view, looking(view, 'base'), 120, 20)
    expect(lines[1]).toContain('│ base  pretrain  first run')
  })

  it('fills every size exactly, and never goes beyond it', () => {
    const view = half()
    for (const columns of [20, 60, 80, 89, 90, 200])
      for (const rows of [3, 8, 15, 24, 60])
        for (const panel of ['overview', 'log', 'why', 'help'] as const) {
          const lines = frame(view, looking(view, 'base', { panel }), { columns, rows })
          expect(lines).toHaveLength(rows)
          for (const line of lines) expect(width(textOf(line))).toBeLessThanOrEqual(columns)
        }
  })

  it('says why, and how to stop at once', () => {
    const view = half()
    expect(text(view, looking(view, 'base', { panel: 'why' }), 100, 10)[1]).toContain('first run')
    expect(text(view, looking(view, 'prose', { panel: 'why' }), 100, 10)[1]).toContain('It was cached')
    expect(text(view, looking(view, 'base', { stopping: true }), 100, 10)[0]).toContain('Ctrl-C again stops at once')
  })
})
