/** The fold of an event log into the view of a run. */

import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../../src/core/event.ts'
import { foldAll, type RunView } from '../../../src/view/log/fold.ts'
import { focusOf, secondsOf, tally } from '../../../src/view/log/stage-view.ts'
import { begun, cached, ended, failed, finished, of, planned, started } from '../events.ts'

const view = (...events: RunEvent[]): RunView => foldAll([begun, planned('prose'), planned('base'), ...events])
const base = (...events: RunEvent[]) => view(...events).stages.get('base')!
const metric = (step: number, more: object): RunEvent => ({ event: 'metric', time: 2500, ...of('base'), step, ...more })

describe('a stage', () => {
  test('waits until it starts, then runs, then ends', () => {
    expect(base().state).toBe('waiting')
    expect(base(started('base')).state).toBe('running')
    expect(base(started('base'), finished('base')).state).toBe('finished')
    expect(base(started('base'), failed('base'))).toMatchObject({ state: 'failed', error: { code: 'diverged' } })
    expect(base(cached('base'))).toMatchObject({ state: 'cached', seconds: 60, digest: 'digest of base' })
  })

  test('that starts again drops the error and the progress of the attempt before', () => {
    const progress: RunEvent = { event: 'progress', time: 2100, ...of('base'), done: 5, unit: 'steps' }
    const again = base(started('base'), progress, failed('base'), started('base', { attempt: 2, resumedFrom: 5 }))
    expect(again).toMatchObject({ state: 'running', attempt: 2, resumedFrom: 5 })
    expect(again.error).toBeUndefined()
    expect(again.progress).toBeUndefined()
  })

  test('keeps the newest value of each scalar, and a series of each', () => {
    const stage = base(metric(10, { loss: 3, note: 'text' }), metric(20, { loss: 2, validLoss: 2.5 }))
    expect(stage.scalars).toEqual({ loss: 2, validLoss: 2.5 })
    expect(stage.step).toBe(20)
    expect(stage.series.loss!.points).toEqual([
      { step: 10, value: 3 },
      { step: 20, value: 2 },
    ])
  })

  test('has the metrics of earlier attempts in its series and not in its scalars', () => {
    const stage = base({ event: 'earlier', time: 2000, ...of('base'), metrics: [{ step: 1, loss: 9 }] })
    expect(stage.series.loss!.points).toEqual([{ step: 1, value: 9 }])
    expect(stage.scalars).toEqual({})
  })

  test('keeps a bounded number of lines of its log, each line of a message for itself', () => {
    const log = (message: string): RunEvent => ({ event: 'log', time: 2000, ...of('base'), level: 'info', message })
    expect(base(log('a\nb')).log.map(({ message }) => message)).toEqual(['a', 'b'])
    expect(base(...Array.from({ length: 2000 }, (_, i) => log(`${i}`))).log.at(-1)?.message).toBe('1999')
    expect(base(...Array.from({ length: 2000 }, (_, i) => log(`${i}`))).log.length).toBeLessThan(1000)
  })

  test('that the plan lacks is ignored', () => {
    expect(view(started('ghost')).stages.size).toBe(2)
  })
})

test('stages with an output are listed in the order in which they got it', () => {
  const { ended: order } = view(finished('base'), cached('prose'))
  expect(order.map(({ name }) => name)).toEqual(['base', 'prose'])
})

test('every stage is counted in one state', () => {
  expect(tally(view(cached('prose'), started('base')))).toEqual({
    waiting: 0,
    running: 1,
    cached: 1,
    finished: 0,
    failed: 0,
    skipped: 0,
    interrupted: 0,
  })
})

test('a stage that runs has taken the time since its start, and one that ended the time of its event', () => {
  expect(secondsOf(base(started('base')), 5000)).toBe(3)
  expect(secondsOf(base(started('base'), finished('base')), 5000)).toBe(1)
  expect(secondsOf(base(), 5000)).toBeUndefined()
})

test('the stage to look at runs, or failed, or ended last', () => {
  expect(focusOf(view(cached('prose'), started('base')))?.name).toBe('base')
  expect(focusOf(view(failed('prose'), cached('base'), ended()))?.name).toBe('prose')
  expect(focusOf(view(cached('prose')))?.name).toBe('prose')
  expect(focusOf(foldAll([]))).toBeUndefined()
})
