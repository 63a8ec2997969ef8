/** Event files of TensorBoard. test/torch reads them with TensorBoard's own loader. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { wholeNumber } from '../../src/track/protobuf.ts'
import { crc32c, maskedCrc32c } from '../../src/track/tensorboard/crc32c.ts'
import { restartRecord, summaryRecord, versionRecord } from '../../src/track/tensorboard/event-file.ts'
import { tensorboardTracker } from '../../src/track/tensorboard/tensorboard.ts'
import { guarded } from '../../src/track/tracker.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')
const scratch = () => mkdtempSync(join(tmpdir(), 'llmpipe-track-'))

/** The texts of all files below a folder, by path. */
function filesIn(folder: string): Map<string, Buffer> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('tfevents'))
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]))
}

/** The data of each record; throws if a length or a CRC is wrong. */
function recordsIn(file: Buffer): Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at))
    const data = file.subarray(at + 12, at + 12 + length)
    expect(file.readUInt32LE(at + 8)).toBe(maskedCrc32c(file.subarray(at, at + 8)))
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data))
    records.push(data)
    at += 16 + length
  }
  return records
}

test.each([
  // RFC 3720, B.4.
  ['123456789', bytes('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['no bytes', new Uint8Array(), 0],
])('CRC-32C of %s is that of RFC 3720', (_, data, crc) => {
  expect(crc32c(data)).toBe(crc)
})

test.each([
  [0, '0800'],
  [127, '087f'],
  [300, '08ac02'],
  [2 ** 40, '08808080808020'],
])('%i is written as a varint', (value, written) => {
  expect(hex(wholeNumber(1, value))).toBe(written)
})

test('a file begins with the version that TensorBoard looks for', () => {
  // The record that TensorFlow writes at time 0.
  const [data] = recordsIn(Buffer.from(versionRecord(0)))
  expect(hex(data!)).toBe(`090000000000000000${'1a0d'}${hex(bytes('brain.Event:2'))}`)
})

test('a scalar is a summary with its tag, its step and a 32-bit float', () => {
  const [data] = recordsIn(Buffer.from(summaryRecord(1000, 5, [{ tag: 'loss', scalar: 1.5 }])))
  expect(hex(data!)).toBe(`09${'000000000000f03f'}1005${'2a0d0a0b'}0a04${hex(bytes('loss'))}15${'0000c03f'}`)
})

const stage = { stage: 'base[lr=3e-4]', id: 'base[lr=3e-4]', time: 2_000 }
const events: readonly RunEvent[] = [
  {
    event: 'run-started',
    run: '20261124-141503-abcdef',
    program: 'p',
    stages: 1,
    version: '1',
    store: 's',
    pid: 1,
    time: 1_000,
  },
  { event: 'started', ...stage, key: 'k' as never, attempt: 1, cpus: 1, reason: 'first run' },
  { event: 'metric', ...stage, step: 1, loss: 3, validLoss: 4 },
  { event: 'sample', ...stage, step: 1, prompt: 'a', text: ' \ud800 b' },
  { event: 'log', ...stage, level: 'info', message: 'x' },
]

describe('the tracker', () => {
  test('writes a file for each stage that measures something', () => {
    const folder = scratch()
    const tracker = tensorboardTracker(folder)
    for (const event of events) tracker.event(event)
    tracker.event({ ...stage, stage: 'quiet/stage', id: 'quiet', event: 'progress', done: 1, unit: 'steps' })
    const [[path, file] = ['', Buffer.alloc(0)], ...more] = filesIn(folder)
    expect(more).toEqual([])
    expect(path).toMatch(/^20261124-141503-abcdef\/base\[lr=3e-4\]\/events\.out\.tfevents\.0000000002\.[^/]+\.\d+$/)
    expect(recordsIn(file).map((record) => /loss|sample|brain/.exec(record.toString('latin1'))?.[0])).toEqual([
      'brain',
      'loss',
      'sample',
    ])
    expect(recordsIn(file)[1]!.toString('latin1')).toContain('valid_loss')
  })

  test('tells readers to forget the steps that a resumed attempt repeats', () => {
    const folder = scratch()
    const tracker = tensorboardTracker(folder)
    for (const event of events) tracker.event(event)
    tracker.event({ event: 'started', ...stage, key: 'k' as never, attempt: 2, cpus: 1, reason: 'x', resumedFrom: 10 })
    // The runner repeats what was measured before, which the file still has.
    tracker.event({ event: 'earlier', ...stage, metrics: [{ step: 1, loss: 3, validLoss: 4 }] })
    const records = recordsIn([...filesIn(folder).values()][0]!)
    expect(records.at(-1)).toEqual(recordsIn(Buffer.from(restartRecord(stage.time, 11)))[0])
  })

  test('does not fail a run: its first error is reported once, and then it is silent', () => {
    const folder = scratch()
    writeFileSync(join(folder, 'file'), '')
    const reports: string[] = []
    const tracker = guarded(
      () => tensorboardTracker(join(folder, 'file')),
      (message) => reports.push(message),
    )
    for (const event of [...events, ...events]) tracker.event(event)
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatch(/^the metrics of this run are no longer tracked: ENOTDIR/)
  })
})
