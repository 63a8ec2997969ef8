import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Key } from '../../../src/core/artefact.ts'
import { keyOf } from '../../../src/store/key/manifest.ts'
import { digestOf } from '../../../src/store/payload.ts'
import { openKnown } from '../../../src/store/remote/known.ts'
import { type RemoteRecord, readRecord, writeRecord } from '../../../src/store/remote/layout.ts'
import { limiter } from '../../../src/store/remote/limiter.ts'
import { receiveFile, receiveText, WrongBytes } from '../../../src/store/remote/receive.ts'
import { asKey } from '../../brands.ts'
import { temporaryFolder } from '../../run/rig.ts'

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('a record', () => {
  const sha256 = hash(Buffer.of())
  const key = keyOf({ components: [['kind', 'text']] })
  /** A record that agrees with itself, of an artefact with these files. */
  const record = (path: string, change: Partial<RemoteRecord['action']> = {}, own = sha256): RemoteRecord => {
    const files = [{ path, size: 0, sha256: own }]
    return {
      action: {
        key,
        node: { id: 'a', name: 'a', kind: 'text' },
        components: [['kind', 'text']],
        words: [],
        files: {},
        outputs: { out: { digest: digestOf(files), kind: 'Docs', files } },
        report: {},
        seconds: 1,
        run: 'r',
        time: 1,
        reason: 'first run',
        ...change,
      },
      logs: [{ path: 'log.txt', size: 0, sha256 }],
    }
  }

  test('is read as it was written', () => {
    expect(readRecord(writeRecord(record('a/b.txt')), key)).toEqual(record('a/b.txt'))
  })

  test.each(['../a', 'a/../../b', '/etc/passwd', 'a//b', './a', '', '..'])(
    'with a file at "%s" is rejected',
    (path) => {
      expect(readRecord(writeRecord(record(path)), key)).toBeUndefined()
    },
  )

  test.each<[string, RemoteRecord]>([
    ['an output whose name leads elsewhere', record('a', { outputs: { '../out': record('a').action.outputs.out! } })],
    ['a hash that is a path', record('a', {}, '../../secret')],
    ['another key', record('a', { key: asKey('0'.repeat(64)) })],
    ['other components', record('a', { components: [['kind', 'other']] })],
    ['a log that is a record', { ...record('a'), logs: [{ path: 'action.json', size: 0, sha256 }] }],
  ])('with %s is none', (_, wrong) => {
    expect(readRecord(writeRecord(wrong), key)).toBeUndefined()
  })

  test('with any byte changed is rejected', () => {
    const text = writeRecord(record('a'))
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.constantFrom('0', 'x', '"', '}'), (at, other) => {
        fc.pre(text[at] !== other)
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        const read = readRecord(changed, key)
        // What stands around the sealed text is fixed, and read by its place.
        if (read !== undefined) expect(read).toEqual(record('a'))
      }),
    )
  })
})

describe('a file that comes', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 })
  const pieces = (of: Uint8Array, size: number) => {
    const parts: Buffer[] = []
    for (let at = 0; at < of.length; at += size) parts.push(Buffer.from(of.subarray(at, at + size)))
    return Readable.from(parts)
  }
  const patience = { silence: 30_000 }
  const folder = temporaryFolder()
  const fresh = () => join(folder, randomBytes(8).toString('hex'))

  test('is what was sent, however it was cut, and read-only', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 400 }), async (sent, size) => {
        const path = fresh()
        let come = 0
        await receiveFile(pieces(sent, size), path, { size: sent.length, sha256: hash(sent) }, patience, (count) => {
          come += count
        })
        expect(readFileSync(path).equals(Buffer.from(sent))).toBe(true)
        expect(come).toBe(sent.length)
        expect(statSync(path).mode & 0o777).toBe(0o444)
      }),
      { numRuns: 30 },
    )
  })

  test('is refused where it is any other', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (sent, listed) => {
        fc.pre(hash(sent) !== hash(listed))
        const wanted = { size: listed.length, sha256: hash(listed) }
        await expect(receiveFile(pieces(sent, 7), fresh(), wanted, patience, () => {})).rejects.toThrow(WrongBytes)
      }),
      { numRuns: 30 },
    )
  })

  test('is given up on where nothing more comes', async () => {
    async function* stalling() {
      yield Buffer.from('beginning')
      await sleep(60_000, undefined, { ref: false })
    }
    await expect(receiveText(Readable.from(stalling()), 100, { silence: 50 })).rejects.toMatchObject({
      kind: 'unreachable',
    })
  })

  test('an endless record is rejected', async () => {
    await expect(receiveText(pieces(new Uint8Array(100), 10), 99, patience)).rejects.toThrow(WrongBytes)
  })
})

test('the list of records in a remote is kept for each address, and used for a week', () => {
  const root = temporaryFolder()
  const [one, two] = ['1', '2'].map((digit) => asKey(digit.repeat(64))) as [Key, Key]
  let time = 1_000_000
  const now = () => time
  openKnown(root, 's3://models', now).add(one)
  expect(openKnown(root, 's3://models', now).has(one)).toBe(true)
  expect(openKnown(root, 's3://models', now).has(two)).toBe(false)
  expect(openKnown(root, 's3://others', now).has(one)).toBe(false)
  expect(existsSync(join(root, 'remote'))).toBe(true)
  time += 8 * 24 * 3_600_000
  expect(openKnown(root, 's3://models', now).has(one)).toBe(false)
})

test('at most the given number of tasks run at a time, every task gets its turn, and failed ones make room', async () => {
  const limited = limiter(3)
  let going = 0
  let most = 0
  const all = Array.from({ length: 20 }, (_, index) =>
    limited(async () => {
      most = Math.max(most, ++going)
      await sleep(1)
      going--
      if (index % 4 === 0) throw new Error(`${index}`)
      return index
    }),
  )
  const ended = await Promise.allSettled(all)
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(5)
  expect(most).toBe(3)
})
