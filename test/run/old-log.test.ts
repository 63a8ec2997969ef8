/** Logs that earlier versions of llmpipe wrote are still read. */

import { expect, test } from 'vitest'
import { isRunEvent } from '../../src/run/log/event-shape.ts'

const started = { event: 'started', stage: 'd', id: 'd', key: 'a'.repeat(64), attempt: 1, cpus: 1, reason: 'first run' }
const where = { type: 'process', pid: 7, start: '1', machine: 'host' }

test('a stage that started is read with its place, and with only the pid that earlier versions wrote', () => {
  expect(isRunEvent({ ...started, where, time: 1 })).toBe(true)
  expect(isRunEvent({ ...started, pid: 7, time: 1 })).toBe(true)
})

test('a stage that started without a time or a key is rejected', () => {
  expect(isRunEvent({ ...started, where })).toBe(false)
  expect(isRunEvent({ ...started, where, key: 7, time: 1 })).toBe(false)
})
