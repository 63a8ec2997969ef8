/** Frames of the dashboard, as text. */

import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { type FrameState, frame } from '../../src/dashboard/frame.ts'
import { textOf, width } from '../../src/view/line.ts'
import { emptyRun, fold, type RunView } from '../../src/view/log/fold.ts'
import { focusOf } from '../../src/view/log/stage-view.ts'
import { asDigest, asKey } from '../brands.ts'

const stage = (name: string) => ({ stage: name, id: name })

/** A run in the middle: a text is cached, a training runs, an evaluation waits. */
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
      pid: 1,
    },
    { event: 'planned', time: 1000, ...stage('prose'), kind: 'documents', after: [], line: 1 },
    { event: 'planned', time: 1000, ...stage('base'), kind: 'pretrain', after: ['prose'], line: 2 },
    { event: 'planned', time: 1000, ...stage('score'), kind: 'evaluate', after: ['base'], line: 3 },
    { event: 'cached', time: 1000, ...stage('prose'), digest: asDigest('d'), outputs: {}, key: asKey('k'), saved: 3 },
    { event: 'started', time: 2000, ...stage('base'), key: asKey('k'), attempt: 1, cpus: 2, reason: 'first run' },
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
  it('shows the stages, and the progress, curve and sample of the selected one', () => {
    const view = half()
    expect(text(view, looking(view, 'base'), 80, 23)).toMatchSnapshot()
  })

  it('shows the list and the stage side by side in a wide terminal', () => {
    const view = half()
    const lines = text(view, looking(view, 'base'), 120, 20)
    expect(lines[1]).toContain('│ base  pretrain  first run')
  })

  /** A training that reports its gradient norm and its learning rate, with a warning in its log. */
  function measured(): RunView {
    const view = half()
    for (let step = 60; step <= 90; step += 10)
      fold(view, {
        event: 'metric',
        time: 8000 + step,
        ...stage('base'),
        step,
        loss: 4 - step / 100,
        gradientNorm: 1 + (step % 20) / 20,
        learningRate: 1e-3 - step * 1e-5,
      })
    fold(view, { event: 'log', time: 9000, ...stage('base'), level: 'warning', message: 'three lines were cut' })
    return view
  }

  it('grows its curves with the terminal, and shows gradient norm and learning rate beside the loss', () => {
    const view = measured()
    expect(text(view, looking(view, 'base'), 140, 34)).toMatchSnapshot()
  })

  it('has no empty rows under a training in a terminal of 80 by 24', () => {
    const view = measured()
    const lines = text(view, looking(view, 'base'), 80, 24)
    expect(lines.at(-2)).toBe('three lines were cut')
    expect(lines.filter((line, i) => line === '' && lines[i + 1] === '')).toEqual([])
  })

  it('shows long names in full beside a stage if the terminal is wide', () => {
    const view = half()
    const name = 'base[learning_rate=3e-4, layers=12, heads=16].encode'
    fold(view, { event: 'planned', time: 1000, ...stage(name), kind: 'encode', after: ['prose'], line: 4 })
    expect(text(view, looking(view, 'base'), 160, 20).join('\n')).toContain(`${name} `)
    expect(text(view, looking(view, 'base'), 100, 20).join('\n')).not.toContain(`${name} `)
  })

  it('explains why the stages ran that a stage depends on, the nearest first', () => {
    const view = half()
    fold(view, {
      event: 'started',
      time: 3000,
      ...stage('prose'),
      key: asKey('k'),
      attempt: 1,
      cpus: 1,
      reason: 'data/a.txt changed',
    })
    fold(view, {
      event: 'started',
      time: 3000,
      ...stage('score'),
      key: asKey('k'),
      attempt: 1,
      cpus: 1,
      reason: 'base changed',
    })
    const lines = text(view, looking(view, 'score', { panel: 'why' }), 100, 10).map((line) => line.split(' │ ')[1])
    expect(lines.slice(1, 6)).toEqual([
      'base changed',
      undefined,
      'before it ran',
      '↑ base: first run',
      '↑ prose: data/a.txt changed',
    ])
  })

  it('fills a terminal of any size exactly', () => {
    const view = half()
    for (const columns of [20, 60, 80, 89, 90, 200])
      for (const rows of [3, 8, 15, 24, 60])
        for (const panel of ['overview', 'log', 'why', 'help'] as const) {
          const lines = frame(view, looking(view, 'base', { panel }), { columns, rows })
          expect(lines).toHaveLength(rows)
          for (const line of lines) expect(width(textOf(line))).toBeLessThanOrEqual(columns)
        }
  })

  it('shows the address where people rank, and their progress, and follows the other running stages', () => {
    const view = half()
    const address = 'http://127.0.0.1:40000/?token=0123456789abcdef0123456789abcdef'
    const events: RunEvent[] = [
      { event: 'planned', time: 3000, ...stage('ranked'), kind: 'rank', after: ['base'], line: 4 },
      { event: 'started', time: 3000, ...stage('ranked'), key: asKey('k'), attempt: 1, cpus: 1, reason: 'first run' },
      { event: 'progress', time: 3000, ...stage('ranked'), done: 12, total: 200, unit: 'rankings' },
      { event: 'waiting', time: 3000, ...stage('ranked'), on: 'people', address },
    ]
    for (const event of events) fold(view, event)
    expect(focusOf(view)!.name).toBe('base')
    const shown = text(view, looking(view, 'ranked'), 80, 24).join('\n')
    expect(shown).toContain('6%')
    expect(shown).toContain(address)
  })

  it('shows the GPUs that are reserved for a stage', () => {
    const view = half()
    const started = { key: asKey('k'), attempt: 1, cpus: 2, gpus: ['0', '3'], reason: 'first run' }
    fold(view, { event: 'started', time: 3000, ...stage('score'), ...started })
    expect(text(view, looking(view, 'score'), 120, 20)[1]).toContain('│ score  evaluate  gpu 0, 3  first run')
  })

  it('shows the measurements of PPO as curves, with an answer', () => {
    const view = half()
    fold(view, { event: 'planned', time: 3000, ...stage('aligned'), kind: 'ppo', after: ['base'], line: 5 })
    fold(view, {
      event: 'started',
      time: 3000,
      ...stage('aligned'),
      key: asKey('k'),
      attempt: 1,
      cpus: 2,
      reason: 'first run',
    })
    for (let step = 1; step <= 20; step++) {
      fold(view, {
        event: 'metric',
        time: 3000 + step * 100,
        ...stage('aligned'),
        step,
        reward: step / 10 - 1,
        kl: step / 4,
        entropy: 3 - step / 20,
        clipFraction: 0.1 - step / 400,
        length: 30 - step,
        tokensPerSecond: 900,
      })
    }
    fold(view, {
      event: 'sample',
      time: 5000,
      ...stage('aligned'),
      step: 20,
      prompt: 'Define hope.',
      text: ' A whale.',
    })
    expect(text(view, looking(view, 'aligned'), 80, 24)).toMatchSnapshot()
  })

  it('shows the names of many variants instead of their rails', () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `base[lr=${i}e-4, layers=12]`)
    const shown = (count: number) => {
      const view = half()
      for (const [i, name] of names(count).entries()) {
        const variant = { of: 'base', values: { lr: `${i}e-4`, layers: '12' } }
        fold(view, {
          event: 'planned',
          time: 1000,
          ...stage(name),
          kind: 'pretrain',
          after: ['prose'],
          line: 4,
          variant,
        })
      }
      const after = names(count)
      fold(view, { event: 'planned', time: 1000, ...stage('tuned'), kind: 'best', after, line: 5 })
      return text(view, looking(view, 'tuned'), 80, 24)
    }
    expect(shown(6)[6]).toBe('├─│─│─│─○ base[lr=3e-4, layers=12]')
    const many = shown(30)
    expect(many).toHaveLength(24)
    expect(many[9]).toBe('○ tuned')
    expect(many[8]).toBe('○ base[lr=29e-4, layers=12]')
  })

  it('shows pulled stages, pending pushes, and an unreachable remote cache', () => {
    const view = half()
    fold(view, {
      event: 'progress',
      time: 3000,
      ...stage('score'),
      done: 3e8,
      total: 4e8,
      unit: 'bytes',
      phase: 'pulling',
    })
    const pulling = text(view, looking(view, 'score'), 80, 24).join('\n')
    expect(pulling).toMatch(/score +75%/)
    expect(pulling).toMatch(/█.░+ {2}pulling {2}75%/)
    fold(view, {
      event: 'cached',
      time: 4000,
      ...stage('score'),
      digest: asDigest('d'),
      outputs: {},
      key: asKey('k'),
      saved: 3,
      from: 'remote',
      pulled: 4e8,
    })
    const pulled = text(view, looking(view, 'score', { panel: 'why' }), 100, 10).join('\n')
    expect(pulled).toMatch(/score +pulled/)
    expect(pulled).toContain('came from the remote cache, 400 MB')
    fold(view, { event: 'pushing', time: 5000, left: 3, to: 's3://models' })
    expect(text(view, looking(view, 'base'), 100, 10)[8]).toBe(
      'pushing the outputs of 3 stages to s3://models; Ctrl-C leaves them to the next run',
    )
    fold(view, {
      event: 'notice',
      time: 5000,
      message: 'remote cache s3://models: it does not answer; it is no longer used',
    })
    for (const rows of [3, 4, 10]) {
      const lines = text(view, looking(view, 'base'), 60, rows)
      expect(lines).toHaveLength(rows)
      expect(lines.some((line) => line.includes('it does not answer'))).toBe(rows > 3)
    }
  })

  it('explains why a stage runs, and how to stop at once', () => {
    const view = half()
    expect(text(view, looking(view, 'base', { panel: 'why' }), 100, 10)[1]).toContain('first run')
    expect(text(view, looking(view, 'prose', { panel: 'why' }), 100, 10)[1]).toContain('It is cached')
    expect(text(view, looking(view, 'base', { stopping: true }), 100, 10)[0]).toContain('Ctrl-C again stops at once')
  })
})

it('a dashboard of twenty thousand stages that one stage waits for has no rails, and is drawn in time', () => {
  const view = emptyRun()
  const inputs = Array.from({ length: 20_000 }, (_, i) => `part${i}`)
  for (const name of inputs)
    fold(view, { event: 'planned', time: 1, ...stage(name), kind: 'documents', after: [], line: 1 })
  fold(view, { event: 'planned', time: 1, ...stage('all'), kind: 'concat', after: inputs, line: 2 })
  const state: FrameState = { selected: focusOf(view), panel: 'overview', scroll: 0, stopping: false }
  // Drawn as often as in some seconds of a run: rails as wide as the graph would not be done in minutes.
  for (let i = 0; i < 30; i++) expect(frame(view, state, { columns: 120, rows: 40 })).toHaveLength(40)
  expect(frame(view, state, { columns: 120, rows: 40 }).map(textOf).join('\n')).toContain('○ part0')
})
