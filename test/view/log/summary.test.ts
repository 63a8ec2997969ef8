/** The summary of a run: the words of log and diff. */

import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../../src/core/event.ts'
import { foldAll } from '../../../src/view/log/fold.ts'
import { inOrder, outcomeInWords, summaryOf } from '../../../src/view/log/summary.ts'
import { begun, cached, ended, failed, finished, of, planned, started } from '../events.ts'

const summary = (events: readonly RunEvent[], life: 'running' | 'superseded' | 'over' = 'over') =>
  summaryOf(foldAll([begun, planned('prose', { kind: 'documents' }), planned('base'), ...events]), life)
const outcomes = (events: readonly RunEvent[], life: 'running' | 'superseded' | 'over' = 'over') =>
  Object.fromEntries([...summary(events, life).stages].map(([name, { outcome }]) => [name, outcome]))

describe('the outcome of a run', () => {
  test('is done, or how it ended otherwise', () => {
    expect(summary([ended()]).outcome).toBe('done')
    expect(summary([ended({ failed: 2, interrupted: 1, skipped: 3 })]).outcome).toBe('failed')
    expect(summary([ended({ interrupted: 1, skipped: 3 })]).outcome).toBe('interrupted')
    expect(summary([ended({ skipped: 3 })]).outcome).toBe('stopped')
    expect(outcomeInWords(summary([ended({ failed: 2 })]))).toBe('2 failed')
    expect(outcomeInWords(summary([ended()]))).toBe('done')
  })

  test('without an end is running if its process lives, and else killed', () => {
    expect(summary([started('base')], 'running').outcome).toBe('running')
    expect(summary([started('base')]).outcome).toBe('killed')
    expect(summary([started('base')]).seconds).toBeUndefined()
  })
})

describe('the outcome of a stage', () => {
  const events = [cached('prose'), started('base')]

  test('of a run that runs is its state', () => {
    expect(outcomes(events, 'running')).toEqual({ prose: 'cached', base: 'running' })
    expect(outcomes([], 'running')).toEqual({ prose: 'waiting', base: 'waiting' })
  })

  test('of a run that was killed says that it is not finished, or not started', () => {
    expect(outcomes(events)).toEqual({ prose: 'cached', base: 'not finished' })
    expect(outcomes([])).toEqual({ prose: 'not started', base: 'not started' })
  })

  test('has the reason of a failure or a skip in place of a summary', () => {
    const skip: RunEvent = { event: 'skipped', time: 3000, ...of('base'), because: 'prose' }
    const { stages } = summary([started('prose'), failed('prose'), skip, ended({ failed: 1, skipped: 1 })])
    expect(stages.get('prose')).toMatchObject({ outcome: 'failed', summary: 'training diverged', seconds: 2 })
    expect(stages.get('base')).toMatchObject({ outcome: 'skipped', summary: 'it needs prose' })
  })
})

test('a cached stage took no time in this run', () => {
  const {
    stages,
    cached: hits,
    ran,
  } = summary([cached('prose'), started('base'), finished('base'), ended({ ran: 1, cached: 1 })])
  expect(stages.get('prose')?.seconds).toBeUndefined()
  expect(stages.get('base')?.seconds).toBe(1)
  expect([hits, ran]).toEqual([1, 1])
})

test('the result is of the last stage that ended with a metric that counts, and never of an expect', () => {
  const events = [
    planned('check', { kind: 'expect' }),
    planned('other'),
    finished('base', { valid_loss: 3 }),
    finished('prose', { documents: 10 }),
    finished('other', { valid_loss: 2 }),
    finished('check', { valid_loss: 2 }),
  ]
  expect(summary(events).result).toEqual({ stage: 'other', metrics: { valid_loss: 2 } })
  expect(summary([finished('prose', { documents: 10 })]).result).toBeUndefined()
})

test('the options of the run are as one types them', () => {
  expect(summary([]).options).toBe('-p steps=10')
})

test('several runs stand in the order in which they began, and watch supersedes its own', () => {
  const run = (time: number, pid: number, ...events: RunEvent[]) =>
    summaryOf(foldAll([{ ...begun, time, pid, run: `${time}` } as RunEvent, ...events]), 'running')
  const runs = inOrder([run(3, 7), run(1, 7), run(2, 7, ended()), run(4, 8)])
  expect(runs.map(({ run: name, outcome }) => [name, outcome])).toEqual([
    ['1', 'superseded'],
    ['2', 'done'],
    ['3', 'running'],
    ['4', 'running'],
  ])
})
