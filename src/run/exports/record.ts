/**
 * The record of the files that exports wrote to a folder: `.llmpipe-export.json` in the folder itself. It distinguishes files of an export from
 * files of a person, and edited files from unchanged ones, even after the store was deleted or the project moved.
 *
 *     { "version": 1, "exports": { "../../pipeline.llmpipe": { "config.json": ["<sha256>"] } } }
 *
 * The record may come from anybody, so it holds only which bytes exports wrote under which names within the folder. Who forges it achieves only
 * that the next export to the folder replaces a file whose bytes they know.
 */

import { randomBytes } from 'node:crypto'
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isPathWithin } from '../../store/payload.ts'

/** The name of the record in the folder of an export. */
export const recordName = '.llmpipe-export.json'

/** The most bytes of a record; a larger one is ignored. */
const largestRecord = 64 * 1024 ** 2

/**
 * The SHA-256s that each file may have, by its path in the folder. During an export, those before and after it.
 */
export type ExportedFiles = ReadonlyMap<string, readonly string[]>

/** The files that each program exported to a folder. Programs are named by their paths relative to the folder. */
export type ExportRecord = ReadonlyMap<string, ExportedFiles>

/** The record in a folder; empty if there is none, or it is corrupt. */
export function readExportRecord(folder: string): ExportRecord {
  try {
    const path = join(folder, recordName)
    const stat = lstatSync(path)
    if (stat.isFile() && stat.size <= largestRecord)
      return recordIn(JSON.parse(readFileSync(path, 'utf8'))) ?? new Map()
  } catch {
    // There is no record, or it is cut short.
  }
  return new Map()
}

/** Replaces the record of a folder atomically. */
export function writeExportRecord(folder: string, record: ExportRecord): void {
  const programs = [...record].map(([program, files]) => {
    const rows = [...files].map(([path, digests]) => `\n   ${JSON.stringify(path)}: ${JSON.stringify(digests)}`)
    return `\n  ${JSON.stringify(program)}: {${rows.join(',')}}`
  })
  const mine = temporaryIn(folder)
  try {
    writeFileSync(mine, `{"version": 1, "exports": {${programs.join(',')}}}\n`, { flag: 'wx' })
    renameSync(mine, join(folder, recordName))
  } catch (error) {
    rmSync(mine, { force: true })
    throw error
  }
}

/** A path in the folder of an export for a file that is being written. */
export function temporaryIn(folder: string): string {
  return join(folder, `.llmpipe-export.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
}

/** The pid of the process that writes a temporary file of that name; `undefined` for any other name. */
export function writerOf(name: string): number | undefined {
  const pid = /^\.llmpipe-export\.(\d+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

function recordIn(value: unknown): ExportRecord | undefined {
  if (!isObject(value) || value.version !== 1 || !isObject(value.exports)) return undefined
  const programs = Object.entries(value.exports).map(([program, files]) => [program, filesIn(files)] as const)
  return programs.every((each): each is [string, ExportedFiles] => each[1] !== undefined)
    ? new Map(programs)
    : undefined
}

function filesIn(value: unknown): ExportedFiles | undefined {
  if (!isObject(value)) return undefined
  const files = Object.entries(value)
  return files.every((each): each is [string, string[]] => isPathWithin(each[0]) && areDigests(each[1]))
    ? new Map(files)
    : undefined
}

function areDigests(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && /^[0-9a-f]{64}$/.test(each))
}

function isObject(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
