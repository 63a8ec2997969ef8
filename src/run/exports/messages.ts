/** The messages of exports: why an export failed, and which files it kept. */

import { StageError } from '../../core/failure.ts'
import type { Store } from '../../store/store.ts'
import type { FoundFile } from './look.ts'

/** The help for an export that would replace input files of the program. */
export const ownFolder = 'Export to a folder of its own, for example "out/…".'

export function inTheWay(to: string, kept: readonly FoundFile[]): StageError {
  const named = (why: string) =>
    kept.flatMap(({ file, there }) => (there.type === 'kept' && there.why === why ? [file.path] : []))
  const [edited, foreign, others] = [named('edited'), named('foreign'), named('of another program')]
  const what = [
    ...(edited.length > 0
      ? [`${listed(edited)} ${was(edited)} edited since ${edited.length === 1 ? 'it was' : 'they were'} exported`]
      : []),
    ...(foreign.length > 0 ? [`no export of this program wrote ${listed(foreign)}`] : []),
    ...(others.length > 0 ? [`another program exported ${listed(others)}`] : []),
  ]
  return conflict(
    `nothing was exported to "${to}" because the export would replace files: ${what.join('; ')}`,
    'Export to another folder, move the files away, or replace them: run again with --overwrite.',
  )
}

export function editedWarning(to: string, paths: readonly string[]): string {
  const them = paths.length === 1 ? 'it' : 'them'
  return `"${to}": ${listed(paths)} ${was(paths)} edited since ${paths.length === 1 ? 'it was' : 'they were'} exported, and ${paths.length === 1 ? 'is' : 'are'} kept; --overwrite replaces ${them}`
}

/** The warning about files beside an artefact, such as its model card, whose places are taken. */
export function sparedWarning(to: string, paths: readonly string[]): string {
  return `"${to}": ${listed(paths)} ${was(paths)} not written, because something else has the name; --overwrite replaces a file`
}

export function notWritable(to: string, error: unknown): StageError {
  return new StageError(
    'input-output',
    `"${to}" cannot be written to: ${(error as Error).message}`,
    'Make it writable, or export to another folder. Nothing is lost: the artefact is in the store.',
  )
}

/** An artefact was found corrupt while it was copied. It has been moved aside, unless the store is read-only. */
export function damagedArtefact(path: string, to: string, { isReadOnly }: Pick<Store, 'isReadOnly'>): StageError {
  return new StageError(
    'damaged-artefact',
    `${path} is corrupt in the store and was not exported to "${to}"${isReadOnly ? '' : '; the artefact was moved aside'}`,
    isReadOnly
      ? 'The store is read-only: give another one with --store.'
      : 'Run again: the artefact is made anew. If it happens again, check the disk and the memory of this machine.',
  )
}

export function conflict(message: string, help: string): StageError {
  return new StageError('export-conflict', message, help)
}

export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more} more`
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : (shown[0] ?? '')
}

const was = (names: readonly string[]) => (names.length === 1 ? 'was' : 'were')
