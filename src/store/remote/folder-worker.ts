/**
 * The process that accesses the folder of a remote. A share whose server does not answer blocks whoever accesses it for ever, and a blocked thread
 * keeps its process from ending. So a process of its own accesses the folder, which can be abandoned.
 *
 * `folderWorker` is that process. Its text is run by `node --eval`, so it uses nothing else of this file.
 */

import type * as promises from 'node:fs/promises'
import type * as paths from 'node:path'

/** The requests to the worker. Each has a number, and gets one answer with that number. */
export type Ask =
  | { readonly op: 'open'; readonly name: string }
  | { readonly op: 'size'; readonly name: string }
  | { readonly op: 'read'; readonly file: number; readonly length: number }
  | { readonly op: 'close'; readonly file: number }
  | { readonly op: 'put'; readonly name: string; readonly file: string }

export type Answer =
  /** The worker is still busy: another piece of a file was copied. */
  | { readonly id: number; readonly type: 'beat' }
  /** `file` and `size` are absent if nothing is there. */
  | {
      readonly id: number
      readonly type: 'done'
      readonly file?: number
      readonly size?: number
      readonly bytes?: Uint8Array
    }
  | {
      readonly id: number
      readonly type: 'failed'
      readonly kind: 'unreachable' | 'denied' | 'passing'
      readonly message: string
    }

/** Answers requests until the process that sends them is gone. */
export function folderWorker(folder: string, abandoned: number): void {
  const fs = process.getBuiltinModule('node:fs/promises') as typeof promises
  const { dirname, join } = process.getBuiltinModule('node:path') as typeof paths
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const scratch = join(folder, 'tmp')
  const piece = 1 << 20
  const files = new Map<number, promises.FileHandle>()
  let opened = 0
  let isSwept = false

  const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? ''
  const orNothing = async <T>(found: Promise<T>): Promise<T | undefined> => {
    try {
      return await found
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined
      throw error
    }
  }
  const checkFolder = async () => {
    if ((await orNothing(fs.stat(folder)))?.isDirectory() === true) return
    throw Object.assign(new Error('there is no such folder; mount it, or create it'), { kind: 'unreachable' })
  }
  const sweep = async () => {
    if (isSwept) return
    isSwept = true
    for (const name of await fs.readdir(scratch)) {
      const path = join(scratch, name)
      const age = Date.now() - (await fs.stat(path)).mtimeMs
      if (age > abandoned) await fs.rm(path, { force: true })
    }
  }
  const copy = async (from: string, to: string, beat: () => void) => {
    const source = await fs.open(from, 'r')
    try {
      const target = await fs.open(to, 'wx', 0o644)
      try {
        const buffer = Buffer.alloc(piece)
        for (let pieces = 1; ; pieces++) {
          const { bytesRead } = await source.read(buffer, 0, piece, null)
          if (bytesRead === 0) break
          for (let at = 0; at < bytesRead; ) at += (await target.write(buffer, at, bytesRead - at, null)).bytesWritten
          // Now and then, so that the sync at the end does not take longer than the runner waits.
          if (pieces % 32 === 0) await target.datasync()
          beat()
        }
        await target.chmod(0o644)
        await target.sync()
      } finally {
        await target.close()
      }
    } finally {
      await source.close()
    }
  }
  const act = async (ask: Ask, beat: () => void): Promise<object> => {
    if (ask.op === 'open') {
      const file = await orNothing(fs.open(join(folder, ask.name), 'r'))
      if (file === undefined) {
        await checkFolder()
        return {}
      }
      files.set(++opened, file)
      return { file: opened }
    }
    if (ask.op === 'size') {
      const found = await orNothing(fs.stat(join(folder, ask.name)))
      if (found === undefined) await checkFolder()
      return found === undefined ? {} : { size: found.size }
    }
    if (ask.op === 'read') {
      const buffer = Buffer.alloc(ask.length)
      const { bytesRead } = await files.get(ask.file)!.read(buffer, 0, ask.length, null)
      return { bytes: buffer.subarray(0, bytesRead) }
    }
    if (ask.op === 'close') {
      const file = files.get(ask.file)
      files.delete(ask.file)
      await file?.close()
      return {}
    }
    await checkFolder()
    await fs.mkdir(scratch, { recursive: true })
    await sweep()
    const mine = join(scratch, randomBytes(12).toString('hex'))
    try {
      await copy(ask.file, mine, beat)
      await fs.mkdir(dirname(join(folder, ask.name)), { recursive: true })
      await fs.rename(mine, join(folder, ask.name))
    } catch (error) {
      await fs.rm(mine, { force: true })
      throw error
    }
    return {}
  }
  process.on('message', (message) => {
    const { id, ...ask } = message as Ask & { readonly id: number }
    const say = (answer: object) => void process.send?.({ id, ...answer })
    act(ask as Ask, () => say({ type: 'beat' })).then(
      (done) => say({ type: 'done', ...done }),
      (error: unknown) => {
        const denied = ['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error)) ? 'denied' : 'passing'
        const { kind = denied, message: words } = error as Error & { readonly kind?: string }
        say({ type: 'failed', kind, message: words })
      },
    )
  })
  process.on('disconnect', () => process.exit())
}
