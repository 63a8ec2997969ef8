/** Writes files so that they exist as a whole or not at all, even after a power cut. */

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
import { threadId } from 'node:worker_threads'
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

/** A path in the store's folder for temporary files, unique to this process, thread and call. */
export function temporary(root: string): string {
  const folder = makeFolder(root, join(root, 'tmp'))
  return join(folder, `${process.pid}-${process.hrtime.bigint()}-${threadId}-${written++}`)
}

/** Replaces a file atomically: readers see the old text or the new one. `durable`: the file is on the disk when this returns. */
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
 * Removes a symbolic link from a place where a store writes: what is written through the link would land elsewhere. The target of the link stays as
 * it is.
 */
export function removeLink(path: string): void {
  if (isLink(path)) rmSync(path, { force: true })
}

/**
 * Appends a line in one write, so that the lines of several processes do not mix. Throws the errors of the system; a pipe in the place of the file
 * is an error too, and is not waited for. A symbolic link is replaced.
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

/** Writes something that may be lost: on a disk that is full or read-only, nothing is written. Errors other than those of the system are thrown. */
export function keepIfPossible(keep: () => void): void {
  try {
    keep()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

/**
 * Moves something corrupt to `damaged/`, where nobody takes it for whole. If nothing is at `path`, nothing happens; in a read-only store it stays,
 * and is a miss every time.
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

/**
 * Renames a folder to its place in the store, where others may put the same at the same time. `taken`: another folder is there already; `blocked`: a
 * file or a link to nowhere is there. In both cases `folder` stays where it was.
 */
export function publish(folder: string, place: string): 'published' | 'taken' | 'blocked' {
  try {
    renameSync(folder, place)
    return 'published'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return 'taken'
    if (code === 'ENOTDIR') return 'blocked'
    throw error
  }
}

/** Makes the entries of a folder durable. */
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

/** Whether an error means that writing is not allowed. */
export function isReadOnly(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** The stat of a path; `undefined` if nothing is there, something on the way is not a folder, or links form a circle. */
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

/** The stat of a path without following a link; `undefined` if nothing is there. */
function linkStatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
