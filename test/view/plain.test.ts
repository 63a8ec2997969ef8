/** The plain lines of a run. */

import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { endLines } from '../../src/view/end-lines.ts'
import { textOf } from '../../src/view/line.ts'
import { emptyRun } from '../../src/view/log/fold.ts'
import { PlainLines } from '../../src/view/plain.ts'
import { asDigest, asKey } from '../brands.ts'

const of = (name: string) => ({ id: name, stage: name })

function linesOf(...events: RunEvent[]): string[] {
  const lines = new PlainLines(emptyRun())
  const planned = events.flatMap((event): RunEvent[] =>
    'stage' in event && event.event !== 'planned'
      ? [{ event: 'planned', time: 0, ...of(event.stage), kind: 'documents', after: [], line: 1 }]
      : [],
  )
  return [...planned, ...events].flatMap((event) => lines.lines(event)).map((line) => textOf(line).trimEnd())
}

const made = { digest: asDigest('d'), outputs: {}, key: asKey('k') }
const started = { key: asKey('k'), attempt: 1, pid: 1, cpus: 1 }

test('one stage and one file are written in the singular', () => {
  const about = { run: '1', program: 'a.llmpipe', version: '1.0.0', store: '.llmpipe', pid: 1 }
  expect(linesOf({ event: 'run-started', time: 0, stages: 1, ...about })).toEqual(['a.llmpipe  1 stage, llmpipe 1.0.0'])
  expect(linesOf({ event: 'exported', time: 0, ...of('d'), to: 'out', files: 1 })[0]).toContain('1 file to out')
})

test('the output of a first run is never "as before", even if another stage made the same', () => {
  const finished: RunEvent = { event: 'finished', time: 1, ...of('d'), ...made, seconds: 1, unchanged: true }
  const run = (reason: string) =>
    linesOf({ event: 'started', time: 0, ...of('d'), ...started, reason }, finished).at(-1)
  expect(run('seed: 1 → 2')).toContain('(as before)')
  expect(run('first run')).not.toContain('as before')
})

const said = (message: string): RunEvent => ({ event: 'log', time: 0, ...of('d'), level: 'info', message })
const begun: RunEvent = { event: 'started', time: 0, ...of('d'), ...started, reason: 'first run' }

test('a stage that another run is making says so once it waits', () => {
  const message = 'another run (process 7) is making this; waiting for it'
  expect(linesOf(said(message))).toEqual([`  d                    ${message}`])
})

test('ten messages of a stage are printed, and the others are counted when it ends', () => {
  const about = { run: '1', program: 'a.llmpipe', version: '1.0.0', store: '/s/.llmpipe', pid: 1 }
  const start: RunEvent = { event: 'run-started', time: 0, stages: 1, ...about }
  const messages = Array.from({ length: 13 }, (_, i) => said(`message ${i}\nand more`))
  const finished: RunEvent = { event: 'finished', time: 1, ...of('d'), ...made, seconds: 1 }
  const ofTen = ['  d                    message 9', '                       and more']
  const others = '  d                    3 more: /s/.llmpipe/runs/1/events.jsonl'
  const lines = linesOf(start, begun, ...messages, finished)
  expect(lines).toHaveLength(2 + 10 * 2 + 2)
  expect(lines.slice(-4)).toEqual([...ofTen, others, expect.stringContaining('+ d')])
  expect(linesOf(begun, ...messages.slice(0, 10), finished).join('\n')).not.toContain('events.jsonl')
})

test('a training that goes on says so once', () => {
  const lines = linesOf({ ...begun, resumedFrom: 1548 }, said('resumed from step 1,548'))
  expect(lines).toEqual([expect.stringContaining('resumes from step 1,548')])
})

test('a help of several lines stays several lines', () => {
  const error = {
    code: 'untrusted',
    message: 'two things:\n- the one',
    help: 'Look at them:\n  llmpipe trust a\nthen run.',
  }
  const view = emptyRun()
  const lines = new PlainLines(view)
  const planned: RunEvent = { event: 'planned', time: 0, ...of('d'), kind: 'shell', after: [], line: 3 }
  const failed: RunEvent = { event: 'failed', time: 1, ...of('d'), error, seconds: 1 }
  const said = [planned, failed].flatMap((event) => lines.lines(event))
  const text = [...said, ...endLines(view, { results: [], storeOption: '' })].map((line) => textOf(line).trimEnd())
  expect(text).toEqual([
    '! d                    failed: two things:',
    '                       - the one',
    '',
    'error[untrusted]: two things:',
    '  - the one',
    '  --> :3  d',
    '  = help: Look at them:',
    '            llmpipe trust a',
    '          then run.',
  ])
})

test('the step from which a training continues is written like every other number', () => {
  const start: RunEvent = { event: 'started', time: 0, ...of('d'), ...started, reason: 'first run', resumedFrom: 1548 }
  expect(linesOf(start)[0]).toContain('resumes from step 1,548')
  const reason = 'steps: 1548 → 2000; continues from step 1,548'
  expect(linesOf({ ...start, reason })[0]).toContain(reason)
})
