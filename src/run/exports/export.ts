/**
 * Copies an artefact to a folder of the user. Each file is replaced as a whole; files of an earlier export that no longer belong to it are
 * removed. A file that no export of the program wrote, or that was edited since, is replaced only with `--overwrite`: if it is in the way of new
 * content, nothing is written and the export fails.
 */

import { constants, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Digest } from '../../core/artefact.ts'
import { sha256 as sha256Of } from '../../core/values/sha256.ts'
import { isRunning } from '../../process/identity.ts'
import { isReadOnly, keepIfPossible } from '../../store/durable.ts'
import { hashFile } from '../../store/inputs/hash-file.ts'
import type { StatCache } from '../../store/inputs/stat-cache.ts'
import { placeOf } from '../../store/place.ts'
import type { Action, Store } from '../../store/store.ts'
import { checkFolder, type Exporter, selfIn } from './folder.ts'
import { type FoundFile, lookAt, lookAtLeft, type WantedFile } from './look.ts'
import {
  conflict,
  damagedArtefact,
  editedWarning,
  inTheWay,
  listed,
  notWritable,
  ownFolder,
  sparedWarning,
} from './messages.ts'
import {
  type ExportedFiles,
  type ExportRecord,
  readExportRecord,
  recordName,
  temporaryIn,
  writeExportRecord,
  writerOf,
} from './record.ts'

export interface Exported {
  /** The folder as the program gives it. */
  readonly to: string
  /** How many files were written; 0 if all of them were there already. */
  readonly files: number
  /** Warnings for the user. */
  readonly warnings: readonly string[]
  /** Sentences about the files, for the user. */
  readonly notes?: readonly string[]
}

/** A file to export: a part of an artefact, or with `content` one that the export makes. */
interface StoredFile extends WantedFile {
  readonly artefact: Digest
  readonly content?: string
}

export interface ExportOptions extends Exporter {
  readonly store: Store
  readonly cache: StatCache
  /** Whether files that no export of the program wrote are replaced. */
  readonly overwrite: boolean
  /** The paths of the input files that the run has read so far: they are never replaced. */
  inputs(): readonly string[]
}

/** How often to look whether another run has finished its export to the folder, in milliseconds. */
const pollInterval = 200

/**
 * Exports outputs to the folder `to`, relative to the program; several outputs go to subfolders of their names. Rejected with a StageError:
 * `export-conflict` if something is in the way, `damaged-artefact` if an artefact in the store is corrupt.
 */
export async function exportArtefacts(
  to: string,
  outputs: Action['outputs'],
  options: ExportOptions,
  /** Texts that go beside the artefact, by file name. A file of the artefact with that name comes first. */
  beside: Readonly<Record<string, string>> = {},
  /** Texts that replace files of the artefact. */
  instead: Readonly<Record<string, string>> = {},
): Promise<Exported> {
  const { store, programDir } = options
  const folder = placeOf(resolve(programDir, to))
  checkFolder(to, folder, store.root)
  const several = Object.keys(outputs).length > 1
  const wanted = Object.entries(outputs).flatMap(([name, output]) =>
    output.files.map((file) => ({
      ...file,
      path: several ? `${name}/${file.path}` : file.path,
      from: join(store.artefact(output).path, file.path),
      artefact: output.digest,
    })),
  )
  const isLeftOut = wanted.some(({ path }) => path === recordName)
  const own = wanted.filter(({ path }) => path !== recordName && !Object.hasOwn(instead, path))
  const [first] = Object.values(outputs)
  const made = Object.entries({ ...beside, ...instead }).flatMap(([path, content]): StoredFile[] => {
    if (first === undefined || own.some((each) => each.path === path)) return []
    const sha256 = sha256Of(content)
    return [{ path, size: Buffer.byteLength(content), sha256, from: '', artefact: first.digest, content }]
  })
  const files = [...own, ...made]
  const done = await bring({ to, folder, files }, options)
  const warnings = isLeftOut
    ? [`${recordName} is the name of the record of exports: the file of that name was left out`]
    : []
  return { to, files: done.files, warnings: [...warnings, ...done.warnings] }
}

type FoundStored = FoundFile & { readonly file: StoredFile }

interface Target {
  readonly to: string
  readonly folder: string
  readonly files: readonly StoredFile[]
}

interface Work {
  /** Files to write, with the digests of what they replace. */
  readonly write: readonly { readonly file: StoredFile; readonly before: readonly string[] }[]
  readonly remove: readonly string[]
  readonly warnings: readonly string[]
  readonly record: ExportRecord
  readonly own: ExportedFiles | undefined
  readonly isRecorded: boolean
}

async function bring(target: Target, options: ExportOptions): Promise<Pick<Exported, 'files' | 'warnings'>> {
  const { folder } = target
  const { store } = options
  const self = selfIn(folder, options)
  for (;;) {
    const work = await workAt(target, self, options)
    if (work.write.length === 0 && work.remove.length === 0) {
      // Only the record is to be written. A folder that is read-only stays as it is.
      if (!work.isRecorded) keepIfPossible(() => writeExportRecord(folder, recordAfter(work, target.files, self)))
      return { files: 0, warnings: work.warnings }
    }
    if (store.isReadOnly) return act(work, target, self, store)
    // Two runs with different settings must not mix their files.
    const { claim, isHeld } = await import('../../store/claim.ts')
    const claimed = await claim(store.root, sha256Of(`export to ${folder}`))
    if (isHeld(claimed)) {
      await sleep(pollInterval)
      continue
    }
    try {
      return await act(await workAt(target, self, options), target, self, store)
    } finally {
      await claimed.remove()
    }
  }
}

/** Finds out what is to be done in the folder. Rejected with a StageError if something is in the way. */
async function workAt(target: Target, self: string, { cache, overwrite, inputs }: ExportOptions): Promise<Work> {
  const { to, folder, files } = target
  const record = readExportRecord(folder)
  const own = record.get(self)
  const others = new Map([...record].filter(([program]) => program !== self))
  const looked: FoundStored[] = []
  for (const file of files) looked.push({ file, there: await lookAt(folder, file, own, others, cache) })
  const shared = withoutOtherNames(looked, others)
  // A file about the artefact, such as its model card, must not keep the artefact from being exported.
  const isSpared = ({ file, there }: FoundStored) =>
    file.content !== undefined && (there.type === 'blocked' || (there.type === 'kept' && !overwrite))
  const found = shared.filter((each) => !isSpared(each))
  const spared = shared.filter(isSpared).map(({ file }) => file.path)

  const blocked = found.flatMap(({ there }) => (there.type === 'blocked' ? [there.why] : []))
  if (blocked.length > 0) throw conflict(`nothing was exported to "${to}": ${listed(blocked)}`, 'Move it away.')
  const isReplaced = ({ there }: FoundFile) => there.type === 'earlier' || there.type === 'kept'
  const taken = new Set(found.filter(isReplaced).map(({ file }) => join(folder, file.path)))
  const input = taken.size === 0 ? undefined : inputs().find((path) => taken.has(placeOf(path)))
  if (input !== undefined)
    throw conflict(`"${to}" has ${relative(folder, placeOf(input))}, which this program reads`, ownFolder)

  const kept = found.filter(({ there }) => there.type === 'kept')
  const news = found.filter(({ file: { path, sha256 }, there }) => {
    const isEdited = there.type === 'kept' && there.why === 'edited'
    return there.type !== 'same' && !(isEdited || there.type === 'absent' ? own?.get(path)?.includes(sha256) : false)
  })
  if (kept.length > 0 && news.length > 0 && !overwrite) throw inTheWay(to, kept)
  const write = found.flatMap(({ file, there }) => {
    if (there.type === 'same' || (there.type === 'kept' && !overwrite)) return []
    return [{ file, before: 'sha256' in there && there.sha256 !== undefined ? [there.sha256] : [] }]
  })

  const names = new Set(files.map(({ path }) => path))
  const warnings =
    overwrite || kept.length === 0
      ? []
      : [
          editedWarning(
            to,
            kept.map(({ file }) => file.path),
          ),
        ]
  if (spared.length > 0) warnings.push(sparedWarning(to, spared))
  const remove: string[] = []
  for (const path of own?.keys() ?? []) {
    if (names.has(path)) continue
    const left = await lookAtLeft(folder, path, own!, cache)
    if (left === 'earlier') remove.push(path)
    if (left === 'edited') warnings.push(`${to}/${path} is no longer part of the export, but it was edited and is kept`)
  }
  const isRecorded = own?.size === files.length && files.every(({ path, sha256 }) => isOnly(own.get(path), sha256))
  return { write, remove, warnings, record, own, isRecorded }
}

/**
 * The files beside an artefact name the program. If the artefact in the folder is that of this program too, as after another program exported
 * the same or the program was renamed, those files count as an earlier export's, unless somebody edited them.
 */
function withoutOtherNames(found: readonly FoundStored[], others: ExportRecord): readonly FoundStored[] {
  const states = found.flatMap(({ file, there }) => (file.content === undefined ? [there.type] : []))
  const isShared = states.some((type) => type === 'same' || type === 'earlier') && !states.includes('kept')
  if (!isShared) return found
  return found.map(({ file, there }): FoundStored => {
    if (there.type !== 'kept' || there.why !== 'of another program' || there.sha256 === undefined)
      return { file, there }
    const { sha256 } = there
    const isTheirs = [...others.values()].some((files) => files.get(file.path)?.includes(sha256))
    return { file, there: isTheirs ? { type: 'earlier', sha256 } : there }
  })
}

async function act(
  work: Work,
  target: Target,
  self: string,
  store: Store,
): Promise<Pick<Exported, 'files' | 'warnings'>> {
  const { to, folder, files } = target
  const { write, remove, warnings } = work
  try {
    mkdirSync(folder, { recursive: true })
    sweep(folder)
    // Before anything is written: a watch that sees a file, or a run after a kill, must know that an export wrote it.
    writeExportRecord(folder, recordMeanwhile(work, files, self))
    for (const { file } of write) await copy(to, folder, file, store)
    for (const path of remove) rmSync(join(folder, path), { force: true })
    writeExportRecord(folder, recordAfter(work, files, self))
  } catch (error) {
    if (isReadOnly(error)) throw notWritable(to, error)
    throw error
  }
  return { files: write.length, warnings }
}

/** Copies a file and checks the bytes of the copy. A corrupt artefact is moved aside, so that the next run makes it again. */
async function copy(
  to: string,
  folder: string,
  { path, sha256, from, artefact, content }: StoredFile,
  store: Store,
): Promise<void> {
  const target = join(folder, path)
  mkdirSync(dirname(target), { recursive: true })
  const mine = temporaryIn(folder)
  try {
    if (content === undefined) copyFileSync(from, mine, constants.COPYFILE_EXCL)
    else writeFileSync(mine, content, { flag: 'wx' })
    if (content === undefined && (await hashFile(mine)).sha256 !== sha256) {
      store.discard(artefact)
      throw damagedArtefact(path, to, store)
    }
    renameSync(mine, target)
  } catch (error) {
    rmSync(mine, { force: true })
    throw error
  }
}

/** Removes the temporary files of exports whose process is gone. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = writerOf(name)
    if (pid !== undefined && !isRunning(pid)) rmSync(join(folder, name), { force: true })
  }
}

/** The record during the export: each file may still be the old one, or already the new one. */
function recordMeanwhile({ record, own, write }: Work, files: readonly WantedFile[], self: string): ExportRecord {
  const meanwhile = new Map(own)
  for (const { path, sha256 } of files) meanwhile.set(path, unique([...(own?.get(path) ?? []), sha256]))
  for (const { file, before } of write) meanwhile.set(file.path, unique([...meanwhile.get(file.path)!, ...before]))
  return new Map([...record, [self, meanwhile]])
}

/** The record after the export. Files that were written no longer belong to another program. */
function recordAfter({ record, write }: Work, files: readonly WantedFile[], self: string): ExportRecord {
  const written = new Set(write.map(({ file }) => file.path))
  const others = [...record].flatMap(([program, exported]): [string, ExportedFiles][] => {
    const left = [...exported].filter(([path]) => !written.has(path))
    return program === self || left.length === 0 ? [] : [[program, new Map(left)]]
  })
  return new Map([...others, [self, new Map(files.map(({ path, sha256 }) => [path, [sha256]]))]])
}

const unique = (all: readonly string[]) => [...new Set(all)]
const isOnly = (digests: readonly string[] | undefined, sha256: string) =>
  digests?.length === 1 && digests[0] === sha256
