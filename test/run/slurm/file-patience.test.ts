/** Files of a network file system that cannot be read for a while are read again, and the run says so once. */

import { expect, test } from 'vitest'
import { FilePatience, patiently } from '../../../src/run/executors/slurm/follow/file-patience.ts'

const systemError = (code: string) => Object.assign(new Error(`${code}: it fails, read`), { code, syscall: 'read' })
const times = { first: 1, longest: 8, say: 20, lasting: 60 }
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function patience() {
  const said: string[] = []
  return { said, files: new FilePatience((message) => void said.push(message), times) }
}

test.each(['ESTALE', 'EIO', 'ETIMEDOUT'])(
  '%s is waited for however long it lasts, with longer and longer pauses',
  async (code) => {
    const { said, files } = patience()
    const reader = files.reader('slurm job 7')
    const pauses: number[] = []
    for (const until = performance.now() + 3 * times.lasting; performance.now() < until; ) {
      pauses.push(reader.met(systemError(code)))
      await pause(5)
    }
    expect(pauses.slice(0, 3)).toEqual([1, 1.5, 2.25])
    expect(Math.max(...pauses)).toBe(8)
    expect(said).toEqual([
      `the files of slurm job 7 in the store cannot be read (${code}: it fails, read); jobs go on, and llmpipe tries again until it can`,
    ])
    reader.fine()
    expect(said.at(-1)).toBe('the files in the store can be read again')
    expect(reader.met(systemError(code))).toBe(1)
  },
)

test('a moment of trouble is not worth a message', async () => {
  const { said, files } = patience()
  const reader = files.reader('slurm job 7')
  reader.met(systemError('ESTALE'))
  reader.fine()
  expect(said).toEqual([])
})

test('of many readers in trouble one says so, and the last that gets out of it says that', async () => {
  const { said, files } = patience()
  const readers = Array.from({ length: 100 }, (_, id) => files.reader(`slurm job ${id}`))
  for (const reader of readers) reader.met(systemError('EIO'))
  await pause(2 * times.say)
  for (const reader of readers) reader.met(systemError('EIO'))
  expect(said).toHaveLength(1)
  for (const reader of readers.slice(1)) reader.fine()
  expect(said).toHaveLength(1)
  readers[0]!.fine()
  expect(said).toHaveLength(2)
})

test('a name that does not exist is waited for as long as NFS may hide it, and is an error then', async () => {
  const reader = patience().files.reader('slurm job 7')
  expect(reader.met(systemError('ENOENT'))).toBe(1)
  await pause(2 * times.lasting)
  expect(() => reader.met(systemError('ENOENT'))).toThrow('ENOENT')
})

test('an error that is not one of the system is a bug, and is thrown', () => {
  expect(() => patience().files.reader('slurm job 7').met(new TypeError('x is undefined'))).toThrow(TypeError)
})

test('patiently tries again until its time has passed', async () => {
  let calls = 0
  const failing = (times: number) => () => {
    if (calls++ < times) throw systemError('EIO')
    return 'read'
  }
  expect(await patiently(failing(3), 1_000, 1)).toBe('read')
  calls = 0
  await expect(patiently(failing(Number.POSITIVE_INFINITY), 20, 1)).rejects.toThrow('EIO')
  expect(calls).toBeGreaterThan(1)
})
