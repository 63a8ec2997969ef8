/** Writing so that a file is there whole or not at all, also after a power cut. */

import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { systemCode } from '../core/failure.ts'

/**
 * Makes the folder `path` of a store, and the folders between it and `root`. A symbolic link in the place of one of them is removed, since
 * files written through it would land outside of the store; the target of the link stays as it is. The store itself and the folders at its
 * top (`objects/`, `runs/`) may be links: users put them on another disk.
 */
export function makeFolder(root: string, path: string): string {
  const [top = '', ...below] = relative(root, path).split(sep)
  let at = join(root, top)
  mkdirSync(at, { recursive: true })
  for (const name of below) {
    at = join(at, name)
    const stat = linkStatOf(at)
    if (stat?.isDirectory()) continue
    if (stat?.isSymbolicLink()) rmSync(at, { force: true })
    mkdirSync(at, { recursive: true })
  }
  return path
}

let written = 0

/** A path beside others in the store's folder for temporary files; unique to this process and call. */
export function temporary(root: string): string {
  const folder = makeFolder(root, join(root, 'tmp'))
  return join(folder, `${process.pid}-${process.hrtime.bigint()}-${written++}`)
}

/** Replaces a file by a text: others see the old one or the new one. `durable`: it is on the disk when this returns. */
export function replaceFile(root: string, path: string, text: string, durable: boolean): void {
  const mine = temporary(root)
  try {
    const file = openSync(mine, 'wx')
    try {
      writeFileSync(file, text)
      if (durable) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(mine, path)
  } catch (error) {
    rmSync(mine, { force: true })
    throw error
  }
  if (durable) syncFolder(dirname(path))
}

/**
 * Removes a link in a place where a store makes files and folders itself: what is written there would land elsewhere. What the link leads
 * to stays as it is.
 */
export function removeLink(path: string): void {
  if (isLink(path)) rmSync(path, { force: true })
}

/**
 * Appends a line in one write, so that lines of several processes do not mix. Throws what the system says; a pipe in the place of the
 * file is an error too, and not waited for; a link is replaced.
 */
export function appendLine(path: string, line: string): void {
  removeLink(path)
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o666)
  try {
    writeFileSync(file, `${line}\n`)
  } finally {
    closeSync(file)
  }
}

/** Keeps what may be lost: on a disk that is full or cannot be written to nothing is kept. */
export function keepIfPossible(keep: () => void): void {
  try {
    keep()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

/**
 * Moves what is damaged to `damaged/`, where nobody takes it for whole. Where nothing is, nothing happens; in a store that cannot be
 * written to it stays, and is a miss every time.
 */
export function moveAside(root: string, path: string, name: string): void {
  if (linkStatOf(path) === undefined) return
  const aside = join(root, 'damaged')
  try {
    makeFolder(root, aside)
    renameSync(path, join(aside, `${name}-${process.hrtime.bigint()}`))
  } catch (error) {
    if (!isMissing(error) && !isReadOnly(error)) throw error
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

/** Whether something could not be written because writing is not allowed there. */
export function isReadOnly(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** What is at a path; nothing where nothing is, where a folder on the way is none, or where links lead in a circle. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error) || systemCode(error) === 'ELOOP') return undefined
    throw error
  }
}

/** Whether a symbolic link is at a path. */
export function isLink(path: string): boolean {
  return linkStatOf(path)?.isSymbolicLink() === true
}

/** What is at a path, a link itself and not what it leads to; `undefined` if nothing is. */
function linkStatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
