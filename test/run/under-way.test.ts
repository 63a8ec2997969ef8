/** Runs in progress: those whose process is alive, and those of other machines that wrote an event lately. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { identity } from '../../src/process/identity.ts'
import { isUnderWay, lifeOf } from '../../src/run/log/past-runs.ts'

const me = identity(process.pid)
const hour = 3600 * 1000
const events = (owner: typeof me, age = 0, more: readonly RunEvent[] = []): RunEvent[] => [
  {
    event: 'run-started',
    time: Date.now() - age,
    run: 'r',
    program: 'a.llmpipe',
    stages: 0,
    version: '0',
    store: '.llmpipe',
    pid: owner.pid,
    process: owner,
  },
  ...more,
]
const finished = { ran: 0, cached: 0, failed: 0, skipped: 0, interrupted: 0, seconds: 0 }

test('a run is under way while its process lives and it has not ended', () => {
  expect(isUnderWay(events(me, 100 * hour))).toBe(true)
  expect(isUnderWay(events(me, 0, [{ event: 'run-finished', time: Date.now(), ...finished }]))).toBe(false)
  expect(isUnderWay([])).toBe(false)
})

test('a process that was given the number of a dead one runs nothing', () => {
  expect(isUnderWay(events({ ...me, start: `${me.start}0` }))).toBe(false)
})

test('a process of another machine cannot be seen: its run counts as running if it wrote an event within a day', () => {
  const elsewhere = { ...me, machine: 'elsewhere' }
  expect(isUnderWay(events(elsewhere, hour))).toBe(true)
  expect(isUnderWay(events(elsewhere, 25 * hour))).toBe(false)
})

test('a run is superseded once its process has begun another, and not by another process', () => {
  const root = mkdtempSync(join(tmpdir(), 'llmpipe-runs-'))
  const written = (run: string, age: number, owner = me) => {
    const log = events(owner, age).map((event) => ({ ...event, run }))
    mkdirSync(join(root, 'runs', run), { recursive: true })
    writeFileSync(join(root, 'runs', run, 'events.jsonl'), log.map((event) => `${JSON.stringify(event)}\n`).join(''))
    return log
  }
  const first = written('1', hour)
  written('2', 0, { ...me, start: `${me.start}0` })
  expect(lifeOf(root, first)).toBe('running')
  const last = written('3', 0)
  expect(lifeOf(root, first)).toBe('superseded')
  expect(lifeOf(root, last)).toBe('running')
  rmSync(root, { recursive: true })
})
