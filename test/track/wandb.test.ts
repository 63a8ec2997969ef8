/** Offline runs of Weights & Biases. test/torch reads them with the messages of its client. */

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { TransactionLog } from '../../src/track/wandb/transaction-log.ts'
import { wandbTracker } from '../../src/track/wandb/wandb.ts'

const scratch = () => mkdtempSync(join(tmpdir(), 'llmpipe-wandb-'))

/** The records of a file; throws if a piece is out of place, crosses a block or has a wrong checksum. */
function recordsIn(path: string): Buffer[] {
  const file = readFileSync(path)
  expect(file.subarray(0, 7).toString('hex')).toBe('3a572642e1be00')
  const records: Buffer[] = []
  let pieces: Buffer[] = []
  for (let at = 7; at < file.length; ) {
    const left = 32_768 - (at % 32_768)
    if (left < 7) {
      expect(file.subarray(at, at + left).every((byte) => byte === 0)).toBe(true)
      at += left
      continue
    }
    const [length, type] = [file.readUInt16LE(at + 4), file[at + 6]!]
    expect(7 + length).toBeLessThanOrEqual(left)
    const data = file.subarray(at + 7, at + 7 + length)
    expect(file.readUInt32LE(at)).toBe(crc32(Buffer.concat([Buffer.of(type), data])))
    expect(pieces.length === 0).toBe(type === 1 || type === 2)
    pieces.push(data)
    at += 7 + length
    if (type === 1 || type === 4) {
      records.push(Buffer.concat(pieces))
      pieces = []
    }
  }
  expect(pieces).toEqual([])
  return records
}

test('records of any length come back whole from the blocks of a file', () => {
  const length = fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 32_700, max: 32_800 }),
    fc.integer({ min: 65_400, max: 65_600 }),
  )
  fc.assert(
    fc.property(fc.array(length, { minLength: 1, maxLength: 12 }), (lengths) => {
      const path = join(scratch(), 'run.wandb')
      const log = new TransactionLog(path)
      const records = lengths.map((each, i) => Buffer.alloc(each, i + 1))
      for (const record of records) log.append(record)
      const found = recordsIn(path)
      expect(found.map((each, i) => each.equals(records[i]!))).toEqual(records.map(() => true))
    }),
    { numRuns: 40 },
  )
})

test('a file is never written over', () => {
  const path = join(scratch(), 'run.wandb')
  new TransactionLog(path)
  expect(() => new TransactionLog(path)).toThrow('EEXIST')
})

describe('a tracked run', () => {
  const of = (stage: string, time: number) => ({ stage, id: stage, time })
  const metric = (stage: string, step: number, loss: number): RunEvent => ({
    ...of(stage, 1_000 + step),
    ...{ event: 'metric', step, loss },
  })
  const pathsIn = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.wandb'))
  /** The records of the only file, as texts. */
  const textsIn = (folder: string) =>
    recordsIn(join(folder, pathsIn(folder)[0]!)).map((each) => each.toString('latin1'))

  test('has a file for each stage that measures something', () => {
    const folder = scratch()
    const tracker = wandbTracker(folder)
    const finished = { key: 'k', digest: 'd', outputs: {}, seconds: 1 }
    tracker.event({ event: 'finished', ...of('quiet', 1), ...finished } as unknown as RunEvent)
    for (const stage of ['a', 'b']) tracker.event(metric(stage, 1, 2))
    expect(pathsIn(folder)).toHaveLength(2)
  })

  test('writes each step once, although an attempt that resumes repeats some', () => {
    const folder = scratch()
    const tracker = wandbTracker(folder)
    for (const [step, loss] of [
      [1, 10],
      [2, 20],
      [3, 30],
      [2, 20],
      [3, 30],
      [4, 40],
    ] as const)
      tracker.event(metric('base', step, loss))
    tracker.event({ event: 'interrupted', ...of('base', 9_000) })
    const history = textsIn(folder).filter((each) => each[2] === '\x12')
    expect(history.map((each) => /loss.{3}(\d+)/s.exec(each)?.[1])).toEqual(['10', '20', '30', '40'])
  })

  test('ends as its stage did', () => {
    const ends: readonly (readonly [object, number])[] = [
      [{ event: 'failed', error: { code: 'x', message: 'y' }, seconds: 1 }, 1],
      [{ event: 'interrupted' }, 255],
      [{ event: 'finished', key: 'k', digest: 'd', outputs: {}, seconds: 1 }, 0],
    ]
    for (const [end, code] of ends) {
      const folder = scratch()
      const tracker = wandbTracker(folder)
      tracker.event(metric('base', 1, 2))
      tracker.event({ ...of('base', 3_001), ...end } as unknown as RunEvent)
      const last = Buffer.from(textsIn(folder).at(-1)!, 'latin1')
      // Field 18, with the exit code and two seconds.
      const exit = code > 127 ? [8, 255, 1, 16, 2] : [8, code, 16, 2]
      expect([...last.subarray(2)]).toEqual([0x92, 1, exit.length, ...exit])
    }
  })
})
