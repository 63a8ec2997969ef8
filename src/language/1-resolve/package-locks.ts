/**
 * The lock files of npm, pnpm and Yarn: whether one records a package in the version that is installed, with a digest. They are made by
 * machines, so those of pnpm and Yarn are read line by line, without a reader of YAML.
 */

import { posix } from 'node:path'
import { isObject } from '../../core/values/shape.ts'

/** A package as it lies in a folder. */
export interface Installed {
  readonly name: string
  readonly version: string
  /** Its folder as the program reaches it, which pnpm links to another place. */
  readonly folder: string
}

/** Why a lock file does not have a package as it is installed; `undefined` if it has. */
type Misfit = string | undefined

/** The lock files in the order in which they are looked for in a folder, each with its reader and the command that installs by it. */
export const locks: readonly {
  readonly file: string
  readonly command: string
  misfit(text: string, installed: Installed, folder: string): Misfit
}[] = [
  { file: 'package-lock.json', command: 'npm', misfit: inNpm('package-lock.json') },
  { file: 'npm-shrinkwrap.json', command: 'npm', misfit: inNpm('npm-shrinkwrap.json') },
  { file: 'pnpm-lock.yaml', command: 'pnpm', misfit: inPnpm },
  { file: 'yarn.lock', command: 'yarn', misfit: inYarn },
]

/** The entry of a package in a lock file. A link is a folder of the project or beside it, which no lock has a digest of. */
interface Entry {
  readonly version: string
  readonly hasDigest: boolean
  readonly isLink: boolean
}

function misfitOf(file: string, entries: readonly Entry[], { version }: Installed): Misfit {
  if (entries.some(({ isLink }) => isLink)) return undefined
  if (entries.length === 0) return `${file} does not have it`
  const same = entries.find((entry) => entry.version === version)
  if (same === undefined)
    return `${file} has version ${entries.map((entry) => entry.version).join(' and ')}, and ${version} is installed`
  return same.hasDigest ? undefined : `${file} has no integrity for it`
}

/** Entries by folder: `"node_modules/recipes": { "version": "1.0.0", "integrity": "sha512-…" }`. */
function inNpm(file: string) {
  return (text: string, installed: Installed, folder: string): Misfit => {
    const { packages } = parsed(text) ?? {}
    const entry = isObject(packages) ? packages[posix.relative(folder, installed.folder)] : undefined
    if (!isObject(entry)) return misfitOf(file, [], installed)
    const { version, integrity, link } = entry
    const found = { version: String(version), hasDigest: typeof integrity === 'string', isLink: link === true }
    return misfitOf(file, [found], installed)
  }
}

/** Entries by name and version: `recipes@1.0.0:`, with a `/` before the name up to version 6 of the format. */
function inPnpm(text: string, installed: Installed): Misfit {
  const { name } = installed
  const entries = blocksOf(text).flatMap(({ head, lines }): Entry[] => {
    // `link:` is the version of a folder, in the list of what each package of a workspace asks for.
    const asked = [`${head}:`, ...lines].findIndex((line) => unquoted(line.trim().replace(/:$/, '')) === name)
    const isLink = lines.slice(asked, asked + 3).some((line) => /^version:\s*['"]?link:/.test(line.trim()))
    if (asked !== -1 && isLink) return [{ version: '', hasDigest: false, isLink }]
    const [, key, version] = /^\/?((?:@[^/@]+\/)?[^/@]+)[@/]([^(_]+)/.exec(head) ?? []
    if (key !== name || version === undefined) return []
    const own = lines.map((line) => /^version:\s*(.+)$/.exec(line.trim())?.[1]).find((each) => each !== undefined)
    const hasDigest = lines.some((line) => /\bintegrity:\s*\S/.test(line))
    const isResolved = lines.some((line) => /^resolution:/.test(line.trim()))
    // Since version 9 a package has a second entry, with what it depends on.
    return isResolved ? [{ version: unquoted(own ?? version), hasDigest, isLink: false }] : []
  })
  return misfitOf('pnpm-lock.yaml', entries, installed)
}

/** Entries by name and range: `recipes@^1.0.0:` of Yarn 1, `"recipes@npm:^1.0.0":` of later ones. */
function inYarn(text: string, installed: Installed): Misfit {
  const entries = blocksOf(text, 0).flatMap(({ head, lines }): Entry[] => {
    const asked = head.split(',').map((each) => unquoted(each.trim()))
    const ranges = asked.filter((each) => each.startsWith(`${installed.name}@`))
    if (ranges.length === 0) return []
    const value = (name: string) =>
      lines.map((line) => new RegExp(`^${name}:? (.+)$`).exec(line.trim())?.[1]).find((each) => each !== undefined)
    const isLink = value('linkType') === 'soft' || ranges.some((each) => /@(?:link|portal|workspace):/.test(each))
    const hasDigest =
      value('integrity') !== undefined ||
      value('checksum') !== undefined ||
      /#[0-9a-f]{40}/.test(value('resolved') ?? '')
    return [{ version: unquoted(value('version') ?? ''), hasDigest, isLink }]
  })
  return misfitOf('yarn.lock', entries, installed)
}

/** The lines that end with a colon at an indentation, each with the lines below it that are indented more. */
function blocksOf(text: string, indent = 2): { readonly head: string; readonly lines: readonly string[] }[] {
  const blocks: { head: string; lines: string[] }[] = []
  for (const line of text.split(/\r?\n/)) {
    const depth = line.length - line.trimStart().length
    if (depth === indent && /^\s*[^#\s].*:$/.test(line))
      blocks.push({ head: unquoted(line.trim().slice(0, -1)), lines: [] })
    else if (depth > indent) blocks.at(-1)?.lines.push(line)
  }
  return blocks
}

/** A word without quotes around it. Several words in quotes stay as they are. */
function unquoted(text: string): string {
  return /^(['"])([^'"]*)\1$/.exec(text.trim())?.[2] ?? text.trim()
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
