/**
 * Modules of npm packages: `use "npm:recipes/clean" { tidy }` reads `clean.llmpipe` of the package `recipes` in the nearest `node_modules`,
 * or the file that the field `exports` of its package.json names. The package has to be in the lock file of the project (of npm, pnpm or
 * Yarn), in the version that is installed. llmpipe installs nothing.
 */

import { posix, resolve } from 'node:path'
import { isObject } from '../../core/values/shape.ts'
import { exportedFile } from './package-exports.ts'
import { type Installed, locks } from './package-locks.ts'

/** An installed package. */
export interface Package {
  readonly name: string
  readonly version: string
  /** Its folder, as the paths of its modules begin. */
  readonly folder: string
}

export type PackageProblem =
  /** The path names no package and file, or leads out of the package. */
  | { readonly type: 'path' }
  /** `isPlugAndPlay`: Yarn keeps the packages of the project in archives. */
  | { readonly type: 'missing'; readonly name: string; readonly isPlugAndPlay: boolean; readonly command: string }
  /** The lock file does not have the package as it is installed. */
  | { readonly type: 'lock'; readonly name: string; readonly reason: string; readonly command: string }
  /** The package has a list of what it offers, without this path. */
  | { readonly type: 'not-exported'; readonly name: string; readonly path: string }

/** A module of a package. */
export interface PackageModule {
  /** The path of its file. */
  readonly file: string
  readonly package: Package
}

type Read = (path: string) => string | undefined

const prefix = 'npm:'

/** Whether the path of a `use` names a module of a package. */
export function isInPackage(path: string): boolean {
  return path.startsWith(prefix)
}

/** The name of the package and the path in it, as it is written; `undefined` if the path is not of this form. */
function partsOf(path: string): { readonly name: string; readonly below: string | undefined } | undefined {
  const pattern = /^npm:((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)(?:\/(.+))?$/
  const [, name, below] = pattern.exec(path) ?? []
  if (name === undefined) return undefined
  const inside = posix.normalize(below ?? '.')
  const isBelow = inside !== '..' && !inside.startsWith('../') && !inside.startsWith('/') && !inside.includes('\\')
  return isBelow ? { name, below } : undefined
}

/**
 * The module that `path` names in the file `from`, or why there is none. The file itself may be missing. `real`: the place of `from` with
 * links followed, if `from` is in a package: pnpm puts what a package needs beside its real place.
 */
export function moduleInPackage(
  from: string,
  path: string,
  read: Read,
  real: string = from,
): PackageModule | PackageProblem {
  const parts = partsOf(path)
  if (parts === undefined) return { type: 'path' }
  const { name, below } = parts
  const above = foldersAbove(from)
  for (const folder of real === from ? above : [...foldersAbove(real), ...above]) {
    const installed = posix.join(folder, 'node_modules', name)
    const manifest = parsed(read(posix.join(installed, 'package.json')))
    if (manifest === undefined) continue
    const version = typeof manifest.version === 'string' ? manifest.version : ''
    const misfit = notLocked({ name, version, folder: installed }, from, read)
    if (misfit !== undefined) return { type: 'lock', name, ...misfit }
    const file = fileIn(manifest, below)
    if (file === undefined) return { type: 'not-exported', name, path: below === undefined ? '.' : `./${below}` }
    return { file: posix.join(installed, file), package: { name, version, folder: installed } }
  }
  const isPlugAndPlay = above.some((folder) =>
    ['.pnp.cjs', '.pnp.js'].some((loader) => read(posix.join(folder, loader)) !== undefined),
  )
  return { type: 'missing', name, isPlugAndPlay, command: locksAbove(from, read)[0]?.command ?? 'npm' }
}

/** The file of a package that a path means; `undefined` if the package offers other paths only. */
function fileIn({ exports }: Readonly<Record<string, unknown>>, below: string | undefined): string | undefined {
  const named = (path: string) => (/\.(?:llmpipe|[cm]?[jt]s)$/.test(path) ? path : `${path}.llmpipe`)
  if (exports === undefined || exports === null) return posix.normalize(named(below ?? 'index'))
  if (below === undefined) return moduleOnly(exportedFile(exports, '.'))
  const path = `./${posix.normalize(below)}`
  return moduleOnly(exportedFile(exports, path)) ?? moduleOnly(exportedFile(exports, named(path)))
}

/** A file of the language or of code; what else a package exports is not for programs. */
function moduleOnly(file: string | undefined): string | undefined {
  return file !== undefined && /\.(?:llmpipe|[cm]?[jt]s)$/.test(file) ? file : undefined
}

/** Why no lock file has a package as it is installed, and the command that installs by it; `undefined` if one has. */
function notLocked(
  installed: Installed,
  from: string,
  read: Read,
): { readonly reason: string; readonly command: string } | undefined {
  // A store that projects share is below neither of them.
  const beside = locksAbove(installed.folder, read)
  const found = beside.length > 0 ? beside : locksAbove(from, read)
  const misfits = found.map(({ command, text, folder, misfit }) => ({
    command,
    reason: misfit(text, installed, folder),
  }))
  const [first] = misfits
  if (first === undefined) return { reason: 'the project has no package-lock.json', command: 'npm' }
  return misfits.some(({ reason }) => reason === undefined) ? undefined : { ...first, reason: first.reason ?? '' }
}

/** The lock files in the nearest folder above a path that has any. */
function locksAbove(path: string, read: Read) {
  for (const folder of foldersAbove(path)) {
    const found = locks.flatMap((lock) => {
      const text = read(posix.join(folder, lock.file))
      return text === undefined ? [] : [{ ...lock, text, folder }]
    })
    if (found.length > 0) return found
  }
  return []
}

/** The way out of a missing package. */
export function howToInstall({
  name,
  command,
  isPlugAndPlay,
}: Extract<PackageProblem, { readonly type: 'missing' }>): string {
  if (isPlugAndPlay)
    return "Yarn's Plug'n'Play keeps packages in archives, and llmpipe reads folders. Write `nodeLinker: node-modules` into .yarnrc.yml, and run `yarn install`."
  const install = `${command} ${command === 'npm' ? 'install' : 'add'} ${name}`
  return `Install it with \`${install}\`: llmpipe reads packages, and never installs them.`
}

/** The way out of a package that is not locked, by the command of the lock file. */
export function howToLock(command: string): string {
  const exactly = { npm: 'npm ci', pnpm: 'pnpm install --frozen-lockfile', yarn: 'yarn install --immutable' }[command]
  return `Run \`${command} install\` to lock what is wanted, or \`${exactly}\` to install what is locked.`
}

/** The folder of a file and the folders above it, written like the path of the file as far as it goes. */
function foldersAbove(file: string): string[] {
  const folders: string[] = []
  for (let at = posix.dirname(file); ; ) {
    folders.push(at)
    // The folders above the current one, and above `..`, have absolute paths.
    const isTop = at === '.' || posix.basename(at) === '..'
    const above = isTop ? posix.dirname(resolve(at).replaceAll('\\', '/')) : posix.dirname(at)
    if (above === at || /^[A-Za-z]:$/.test(at)) return folders
    at = above
  }
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
