/** The behavior that every remote must have. Each remote gets a place of its own. */

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Remote } from '../../../src/store/remote/remote.ts'
import { temporaryFolder } from '../../run/rig.ts'

export async function bytesOf(stream: Readable | undefined): Promise<Buffer | undefined> {
  return stream && Buffer.concat(await stream.toArray())
}

/** `isAtomic`: also while it is read, as S3 is. */
export function describeRemote(name: string, open: () => Promise<Remote>, isAtomic = true): void {
  describe(name, () => {
    let remote: Remote
    const folder = temporaryFolder()
    const file = (bytes: Buffer | string) => {
      const path = join(folder, randomBytes(6).toString('hex'))
      writeFileSync(path, bytes)
      return path
    }
    beforeAll(async () => {
      remote = await open()
    })
    afterAll(() => remote.close())

    test('has nothing before something is put', async () => {
      expect(await remote.get('blobs/aa/none')).toBeUndefined()
      expect(await remote.size('blobs/aa/none')).toBeUndefined()
    })

    test('gives back what was put', async () => {
      await remote.put('blobs/aa/one', file('one'))
      expect(await remote.size('blobs/aa/one')).toBe(3)
      expect(`${await bytesOf(await remote.get('blobs/aa/one'))}`).toBe('one')
    })

    test('an empty file is there', async () => {
      await remote.put('blobs/aa/empty', file(''))
      expect(await remote.size('blobs/aa/empty')).toBe(0)
      expect(await bytesOf(await remote.get('blobs/aa/empty'))).toHaveLength(0)
    })

    test('a large file goes in parts, and is the same', async () => {
      const bytes = randomBytes(21 * 1024 ** 2 + 17)
      await remote.put('blobs/bb/large', file(bytes))
      expect(await remote.size('blobs/bb/large')).toBe(bytes.length)
      expect((await bytesOf(await remote.get('blobs/bb/large')))?.equals(bytes)).toBe(true)
    })

    test.skipIf(!isAtomic)('a second put replaces the file, and readers see either version', async () => {
      const versions = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000))
      await remote.put('actions/cc/it', file(versions[0]!))
      const reads = Array.from({ length: 12 }, async () => `${await bytesOf(await remote.get('actions/cc/it'))}`)
      const writes = versions.map((text) => remote.put('actions/cc/it', file(text)))
      await Promise.all(writes)
      for (const read of await Promise.all(reads)) expect(versions.includes(read)).toBe(true)
      await remote.put('actions/cc/it', file('last'))
      expect(`${await bytesOf(await remote.get('actions/cc/it'))}`).toBe('last')
    })
  })
}
