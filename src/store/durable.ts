/** Writing so that a file is there whole or not at all, also after a power cut. */

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

let written = 0

/** A path beside others in the store's folder for temporary files; unique to this process and call. */
export function temporary(root: string): string {
  const folder = join(root, 'tmp')
  mkdirSync(folder, { recursive: true })
  return join(folder, `${process.pid}-${process.hrtime.bigint()}-${written++}`)
}

/** Replaces a file by a text: others see the old one or the new one. `durable`: it is on the disk when this returns. */
export function replaceFile(root: string, path: string, text: string, durable: boolean): void {
  const mine = temporary(root)
  const file = openSync(mine, 'wx')
  try {
    writeFileSync(file, text)
    if (durable) fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    renameSync(mine, path)
  } catch (error) {
    rmSync(mine, { force: true })
    throw error
  }
  if (durable) syncFolder(dirname(path))
}

/** Moves what is damaged to `damaged/`, where nobody takes it for whole. Where nothing is, nothing happens. */
export function moveAside(root: string, path: string, name: string): void {
  if (statOf(path) === undefined) return
  const aside = join(root, 'damaged')
  mkdirSync(aside, { recursive: true })
  try {
    renameSync(path, join(aside, `${name}-${process.hrtime.bigint()}`))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** What is at a path; nothing where nothing is, or where a folder on the way is none. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
