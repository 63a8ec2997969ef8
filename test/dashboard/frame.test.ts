/** Frames of the dashboard, as text. */

import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { type FrameState, frame, scrolledBy } from '../../src/dashboard/frame.ts'
import { textOf, width } from '../../src/view/line.ts'
import { emptyRun, fold, type RunView } from '../../src/view/log/fold.ts'
import { focusOf } from '../../src/view/log/stage-view.ts'
import { asDigest, asKey } from '../brands.ts'
import { half, stage } from './half-run.ts'

const looking = (view: RunView, name: string, more: Partial<FrameState> = {}): FrameState => ({
  selected: view.stages.get(name),
  panel: 'overview',
  at: undefined,
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

  it('shows gradient norm and learning rate below the loss if the terminal is tall and not wide', () => {
    const view = measured()
    const lines = text(view, looking(view, 'base'), 80, 45)
    const title = lines.findIndex((line) => line.startsWith('gradient norm'))
    expect(lines[title]).toMatch(/^gradient norm +learning rate$/)
    expect(lines.indexOf('loss')).toBeLessThan(title)
    expect(lines.filter((line, i) => line === '' && lines[i + 1] === '')).toEqual([])
  })

  it('gives the list the rows that a stage does not need, and shows what was done before in the rest', () => {
    const view = half()
    for (let i = 0; i < 12; i++)
      fold(view, { event: 'planned', time: 1000, ...stage(`more${i}`), kind: 'encode', after: ['prose'], line: 4 })
    const lines = text(view, looking(view, 'score'), 80, 24)
    expect(lines.filter((line) => line.includes('more'))).toHaveLength(12)
    fold(view, {
      ...{ event: 'finished', time: 9000, ...stage('more0'), key: asKey('k'), digest: asDigest('d'), outputs: {} },
      ...{ seconds: 3, report: { summary: '1,024 tokens' } },
    } as RunEvent)
    const wide = text(view, looking(view, 'score'), 120, 24).map((line) => line.split(' │ ')[1])
    const title = wide.indexOf('done so far')
    expect(wide[title + 1]).toMatch(/^more0 {2}1,024 tokens +3\.0s$/)
  })

  it('shows a long reason in full under the name of the stage', () => {
    const view = half()
    const reason = 'optimizer.lr: 0.001 → 0.002, line 31; schedule.warmup: 50 → 100, line 32; and 2 more'
    fold(view, { event: 'started', time: 3000, ...stage('score'), key: asKey('k'), attempt: 1, cpus: 1, reason })
    const lines = text(view, looking(view, 'score'), 80, 24)
    const title = lines.indexOf('score  evaluate')
    expect(lines.slice(title + 1, title + 3).join(' ')).toBe(reason)
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
      'the stages before it that ran, the nearest first',
      '↑ base: first run',
      '↑ prose: data/a.txt changed',
    ])
  })

  it('tells what a stage that has not started waits for', () => {
    const view = half()
    const lines = text(view, looking(view, 'score', { panel: 'why' }), 100, 10)
    expect(lines[1]).toContain('It has not started: it waits for base (running).')
  })

  it('scrolls a chain of reasons that is longer than the terminal, and counts the rest', () => {
    const view = half()
    for (let i = 0; i < 30; i++) {
      const before = i === 0 ? 'prose' : `s${i - 1}`
      fold(view, { event: 'planned', time: 1000, ...stage(`s${i}`), kind: 'encode', after: [before], line: 4 })
      const started = { key: asKey('k'), attempt: 1, cpus: 1, reason: `input ${i} changed` }
      fold(view, { event: 'started', time: 3000, ...stage(`s${i}`), ...started })
    }
    const size = { columns: 100, rows: 12 }
    const state = looking(view, 's29', { panel: 'why' })
    const shown = (at: number | undefined) =>
      text(view, { ...state, at }, size.columns, size.rows).map((line) => line.split(' │ ')[1])
    expect(shown(undefined)[1]).toBe('input 29 changed')
    expect(shown(undefined)[10]).toBe('↓ 23 more')
    const end = scrolledBy(view, state, size, Number.POSITIVE_INFINITY, 'lines')
    expect(shown(end)[10]).toBe('↑ s0: input 0 changed')
    // Nothing lies beyond the ends.
    expect(scrolledBy(view, { ...state, at: end }, size, 1, 'pages')).toBe(end)
    expect(scrolledBy(view, { ...state, at: 0 }, size, -1, 'lines')).toBe(0)
  })

  describe('the log of a stage', () => {
    const size = { columns: 80, rows: 12 }
    function logging(lines: number): RunView {
      const view = half()
      for (let i = 0; i < lines; i++)
        fold(view, { event: 'log', time: 9000, ...stage('base'), level: 'info', message: `line ${i}` })
      return view
    }
    const shown = (view: RunView, at: number | undefined) =>
      text(view, looking(view, 'base', { panel: 'log', at }), size.columns, size.rows)
    const scrolledFrom = (view: RunView, at: number | undefined, by: number, unit: 'lines' | 'pages' = 'lines') =>
      scrolledBy(view, looking(view, 'base', { panel: 'log', at }), size, by, unit)

    it('has all rows of a narrow terminal but one for the stage, and ends with the newest line', () => {
      const lines = shown(logging(40), undefined)
      expect(lines[1]).toContain('◉ base')
      expect(lines.slice(3, 11)).toEqual(Array.from({ length: 8 }, (_, i) => `line ${32 + i}`))
    })

    it('stands still when lines are added, once somebody has scrolled up', () => {
      const view = logging(40)
      const at = scrolledFrom(view, undefined, -3)
      const before = shown(view, at)
      expect(before.slice(-3, -1)).toEqual(['line 36', '↓ 3 newer'])
      fold(view, { event: 'log', time: 9000, ...stage('base'), level: 'info', message: 'another' })
      expect(shown(view, at).slice(3, -2)).toEqual(before.slice(3, -2))
      expect(shown(view, at).at(-2)).toBe('↓ 4 newer')
      expect(scrolledFrom(view, at, 4)).toBeUndefined()
    })

    it('is scrolled by screens and to its ends, and not beyond them', () => {
      const view = logging(40)
      const top = scrolledFrom(view, undefined, Number.NEGATIVE_INFINITY)
      expect(shown(view, top).slice(3, 11)).toEqual([...Array.from({ length: 7 }, (_, i) => `line ${i}`), '↓ 33 newer'])
      expect(scrolledFrom(view, top, -1)).toBe(top)
      expect(scrolledFrom(view, top, Number.POSITIVE_INFINITY)).toBeUndefined()
      expect(shown(view, scrolledFrom(view, undefined, -1, 'pages')).slice(-3, -1)).toEqual(['line 33', '↓ 6 newer'])
      // A log that fits does not scroll.
      expect(scrolledFrom(logging(3), undefined, -5)).toBeUndefined()
    })

    it('keeps the newest 500 lines, and says where the others are', () => {
      const view = logging(600)
      const lines = shown(view, scrolledFrom(view, undefined, Number.NEGATIVE_INFINITY))
      expect(lines[3]).toBe('100 earlier lines are in the log of the run, events.jsonl')
      expect(lines[4]).toBe('line 100')
    })

    it('breaks long lines instead of cutting them', () => {
      const view = logging(1)
      fold(view, { event: 'log', time: 9000, ...stage('base'), level: 'error', message: 'word '.repeat(40).trim() })
      expect(shown(view, undefined).join(' ').match(/word/g)).toHaveLength(40)
    })
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
    expect(shown(6)[7]).toBe('├─│─│─│─○ base[lr=3e-4, layers=12]')
    const many = shown(30)
    expect(many).toHaveLength(24)
    const rule = many.findIndex((line) => line.startsWith('──'))
    expect(many[rule - 1]).toBe('○ tuned')
    expect(many[rule - 2]).toBe('○ base[lr=29e-4, layers=12]')
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

  it('offers to leave, and not to stop, a run whose stages are jobs of a cluster', () => {
    const view = half()
    fold(view, { event: 'queue', ...stage('base'), state: 'pending', job: '7', time: 5_000 })
    const shown = (more: Partial<FrameState>) => text(view, looking(view, 'base', more), 100, 10)
    expect(shown({}).at(-1)).toMatch(/ {2}q leave$/)
    expect(shown({ stopping: true })[0]).toContain('leaving: the jobs go on')
    expect(shown({ panel: 'help' }).join('\n')).toContain('the jobs of the cluster go on')
  })
})

it('a dashboard of twenty thousand stages that one stage waits for has no rails, and is drawn in time', () => {
  const view = emptyRun()
  const inputs = Array.from({ length: 20_000 }, (_, i) => `part${i}`)
  for (const name of inputs)
    fold(view, { event: 'planned', time: 1, ...stage(name), kind: 'documents', after: [], line: 1 })
  fold(view, { event: 'planned', time: 1, ...stage('all'), kind: 'concat', after: inputs, line: 2 })
  const state: FrameState = { selected: focusOf(view), panel: 'overview', at: undefined, stopping: false }
  // Drawn as often as in some seconds of a run: rails as wide as the graph would not be done in minutes.
  for (let i = 0; i < 30; i++) expect(frame(view, state, { columns: 120, rows: 40 })).toHaveLength(40)
  expect(frame(view, state, { columns: 120, rows: 40 }).map(textOf).join('\n')).toContain('○ part0')
})
