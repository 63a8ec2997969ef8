/** A remote in a folder that several machines see: a network file system, or a disk that is carried around. */

import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { isMissing, isReadOnly } from '../durable.ts'
import { type Remote, RemoteError } from './remote.ts'

/** What a process that was killed left half written is removed after so long, in milliseconds. */
const ABANDONED = 24 * 3_600_000

/** The folder has to be there: one that is not mounted must not be made on the disk below. */
export function openFolderRemote(folder: string): Remote {
  const scratch = join(folder, 'tmp')
  let isSwept = false

  async function sweep(): Promise<void> {
    if (isSwept) return
    isSwept = true
    for (const name of await readdir(scratch)) {
      const path = join(scratch, name)
      const age = Date.now() - (await stat(path)).mtimeMs
      if (age > ABANDONED) await rm(path, { force: true })
    }
  }

  return {
    address: folder,
    get: (name) =>
      asking(async () => {
        const file = await orNothing(open(join(folder, name), 'r'))
        if (file === undefined) await checkFolder(folder)
        return file?.createReadStream() as Readable | undefined
      }),
    size: (name) =>
      asking(async () => {
        const found = await orNothing(stat(join(folder, name)))
        if (found === undefined) await checkFolder(folder)
        return found?.size
      }),
    put: (name, file) =>
      asking(async () => {
        await checkFolder(folder)
        await mkdir(scratch, { recursive: true })
        await sweep()
        const mine = join(scratch, randomBytes(12).toString('hex'))
        try {
          await copyFile(file, mine)
          const copy = await open(mine, 'r+')
          await copy.chmod(0o644)
          await copy.sync()
          await copy.close()
          await mkdir(dirname(join(folder, name)), { recursive: true })
          await rename(mine, join(folder, name))
        } catch (error) {
          await rm(mine, { force: true })
          throw error
        }
      }),
    close: () => {},
  }
}

async function orNothing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function checkFolder(folder: string): Promise<void> {
  if ((await orNothing(stat(folder)))?.isDirectory() !== true)
    throw new RemoteError('unreachable', 'there is no such folder; mount it, or make it')
}

/** Errors of the file system as those of a remote. */
async function asking<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof RemoteError) throw error
    throw new RemoteError(isReadOnly(error) ? 'denied' : 'passing', (error as Error).message)
  }
}
