/** The messages about patterns that match no file. */

import { existsSync, statSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { FilePattern } from '../../core/plan.ts'
import { ggufWithin } from './gguf-within.ts'
import { isPlain, type Unreadable } from './glob.ts'

/** How many unreadable entries a message names. */
const named = 3

/** Entries that cannot be read, in words. */
export function unreadableInWords(unreadable: readonly Unreadable[]): string {
  const shown = unreadable.slice(0, named).map(({ path, why }) => `${path} (${why})`)
  const more = unreadable.length > named ? ` and ${unreadable.length - named} more` : ''
  return `${shown.join(', ')}${more}`
}

/** The error for patterns of a setting that match no file. */
export function noFiles(
  setting: string,
  pattern: FilePattern,
  folder: string,
  programDir: string,
  unreadable: readonly Unreadable[] = [],
): StageError {
  const [first = ''] = pattern.patterns
  const where = relative(process.cwd(), folder) || '.'
  const [gguf] = ggufWithin(pattern.patterns, folder)
  if (gguf !== undefined)
    return new StageError(
      'no-files',
      `${setting}: ${dirname(gguf)} is a folder with a GGUF file and no other files of a model`,
      `Name the file: "${gguf}".`,
    )
  const modelFolder = folderOf(pattern.patterns)
  if (modelFolder !== undefined && unreadable.length === 0)
    return new StageError(
      'no-files',
      existsSync(resolve(folder, modelFolder))
        ? `${setting}: the folder "${modelFolder}" has none of ${pattern.patterns.map((each) => basename(each)).join(', ')}`
        : `${setting}: there is no folder "${modelFolder}" in ${where}`,
      `${missingModelHelp(modelFolder)} Paths are relative to the folder of the file they stand in (${relative(process.cwd(), programDir) || '.'}).`,
    )
  if (pattern.patterns.length === 1 && isPlain(first)) {
    const help = folderHelp(first, folder)
    if (help !== undefined) return new StageError('no-files', `${setting}: "${first}" is a folder`, help)
    return new StageError(
      'no-files',
      `${setting}: there is no file "${first}" in ${where}`,
      elsewhere(first) ??
        `Paths are relative to the folder of the file they stand in (${relative(process.cwd(), programDir) || '.'}).`,
    )
  }
  if (unreadable.length > 0) {
    return new StageError(
      'no-files',
      `${setting}: no file can be read: ${unreadableInWords(unreadable)}`,
      'Mend or rename them.',
    )
  }
  const brackets = pattern.patterns.some((each) => /[[\]{}()!+@]/.test(each))
    ? ' [ ] { } ( ) ! + @ are wildcards too, unless a name that is there has them.'
    : ''
  return new StageError(
    'no-files',
    `${setting}: no file in ${where} matches ${pattern.patterns.map((each) => `"${each}"`).join(', ')}`,
    elsewhere(first) ??
      `Patterns are relative to the folder of the file they stand in; * matches within a folder, ** across folders.${brackets}`,
  )
}

const modelFolderHelp =
  'It has to be a folder of this machine, as transformers or llmpipe save them: llmpipe downloads nothing.'

/** The folder of a model or an adapter whose files a setting looks for: that of `weights("models/smollm")`. `undefined` for other patterns. */
export function folderOf(patterns: readonly string[]): string | undefined {
  const [folder = ''] = patterns.map((each) => dirname(each))
  const isModel = patterns.some((each) => ['*.safetensors', 'adapter_config.json'].includes(basename(each)))
  return isModel && isPlain(folder) && patterns.every((each) => dirname(each) === folder) ? folder : undefined
}

/** The way out if a path that matches no file is a URL, begins with `~`, or is a folder; otherwise `undefined`. */
export function missingHelp(path: string, folder: string): string | undefined {
  return elsewhere(path) ?? folderHelp(path, folder)
}

/** The way out if there is no such folder of a model. */
export function missingModelHelp(folder: string): string {
  return elsewhere(folder) ?? modelFolderHelp
}

/** The way out for a path that is not one of this machine, or that only a shell understands. */
function elsewhere(path: string): string | undefined {
  // In a path, two slashes are one: `https://host` comes back from a folder as `https:/host`.
  const [, scheme] = /^([a-z][a-z0-9+]+):\/{1,2}/i.exec(path) ?? []
  if (scheme !== undefined)
    return `llmpipe reads files and s3://…, and downloads nothing from ${scheme}://: download it, and name the file or the folder.`
  if (path.startsWith('~')) return 'Write the whole path: `~` is your home only in a shell.'
  return undefined
}

/** The way out for a folder in the place of files; `undefined` if the path is not a folder. */
function folderHelp(path: string, folder: string): string | undefined {
  if (!(statSync(resolve(folder, path), { throwIfNoEntry: false })?.isDirectory() ?? false)) return undefined
  const name = path.replace(/\/$/, '')
  const isDataset = ['README.md', 'data'].some((each) => existsSync(resolve(folder, name, each)))
  const layout = isDataset
    ? ` If it is a data set of Hugging Face, name a split: dataset("${name}", split: "train").`
    : ''
  return `Name its files, for example "${name}/*".${layout}`
}
