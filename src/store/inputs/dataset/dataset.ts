/**
 * Folders that are laid out as data sets of Hugging Face: which files belong to which split. It follows the library `datasets` 5.2
 * (data_files.py, load.py): README.md with `configs`, then `data/train-00000-of-00005.parquet`, then folders and files that are named
 * after splits, then all files as `train`. Among them, the files of the most frequent format count.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../../core/failure.ts'
import type { Through } from '../../../core/plan.ts'
import { CardError, configsIn, type DatasetConfig } from './card.ts'
import { matchAll } from './patterns.ts'

type Choice = Omit<Extract<Through, { type: 'dataset' }>, 'type'>

export interface DatasetFiles {
  /** Relative to the folder of the data set, sorted. */
  readonly paths: readonly string[]
  /** The files that the split matches but that have another format than the data set. */
  readonly leftOut: readonly string[]
}

/**
 * The files of a split. Throws a StageError `bad-dataset` if the folder is not there, has no such split or configuration, or leaves open
 * which one is meant. `name`: the folder as the program names it, for messages.
 */
export function datasetFiles(folder: string, name: string, { split, config }: Choice): DatasetFiles {
  const fail = (problem: string, help: string) => new StageError('bad-dataset', `the data set ${name} ${problem}`, help)
  const all = filesIn(folder)
  if (all === undefined)
    throw fail('is not a folder', 'Name the folder that has README.md or the files of the data set.')
  if (all.some((path) => /(^|\/)state\.json$/.test(path)) && all.some((path) => path.endsWith('.arrow')))
    throw fail(
      'was written by save_to_disk, and its Arrow files cannot be read',
      'Write it as Parquet: load_from_disk(…)["train"].to_parquet("train.parquet").',
    )
  const chosen = configOf(folder, config, fail)
  const prefix = chosen.folder === '' ? '' : `${chosen.folder}/`
  const inside = all.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
  const splits = chosen.splits ?? splitsByName(inside)
  const names = [...splits.keys()]
  if (names.length === 0) throw fail('has no files', 'Look at the folder: was it downloaded as a whole?')
  const example = `dataset("${name}", split: "${names[0]}")`
  if (split === undefined && names.length > 1)
    throw fail(`has the splits ${names.join(', ')}`, `Choose one: read(${example}).`)
  const patterns = splits.get(split ?? names[0]!)
  if (patterns === undefined)
    throw fail(`has no split ${split}; it has ${names.join(', ')}`, `For example read(${example}).`)
  const found = new Set(patterns.flatMap((pattern) => matchAll(pattern, inside)))
  const whole = [...found].map((path) => `${prefix}${path}`).sort()
  if (whole.length === 0)
    throw fail(
      `has no file for the split ${split ?? names[0]}: nothing matches ${patterns.join(', ')}`,
      'Look at the folder: was it downloaded as a whole?',
    )
  return ofOneFormat(whole)
}

/** The files in a folder at any depth, sorted, without those in hidden folders; `undefined` if it is not a folder. Links to folders are followed once. */
function filesIn(folder: string): string[] | undefined {
  const found: string[] = []
  const visit = (at: string, depth: number): void => {
    for (const entry of readdirSync(join(folder, at), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      const stats = entry.isSymbolicLink() ? statSync(join(folder, path), { throwIfNoEntry: false }) : entry
      if (stats?.isFile()) found.push(path)
      // A link that leads upward would have no end.
      else if (stats?.isDirectory() && depth < 32) visit(path, depth + (entry.isSymbolicLink() ? 16 : 1))
    }
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined
  visit('', 0)
  return found.sort()
}

const noConfig: DatasetConfig = { name: 'default', isDefault: true, folder: '' }

function configOf(
  folder: string,
  wanted: string | undefined,
  fail: (problem: string, help: string) => StageError,
): DatasetConfig {
  const configs = configsOf(folder, fail)
  const names = configs.map(({ name }) => name)
  if (configs.length === 0) {
    if (wanted === undefined || wanted === 'default') return noConfig
    throw fail(`has no configuration ${wanted}: its README.md describes none`, 'Leave `config` out.')
  }
  const found =
    wanted === undefined
      ? (configs.find(({ isDefault }) => isDefault) ??
        configs.find(({ name }) => name === 'default') ??
        (configs.length === 1 ? configs[0] : undefined))
      : configs.find(({ name }) => name === wanted)
  if (found !== undefined) return found
  if (wanted === undefined)
    throw fail(`has the configurations ${names.join(', ')}`, `Choose one: config: "${names[0]}".`)
  throw fail(`has no configuration ${wanted}; it has ${names.join(', ')}`, 'Name one of them.')
}

function configsOf(folder: string, fail: (problem: string, help: string) => StageError): DatasetConfig[] {
  let readme: string
  try {
    readme = readFileSync(join(folder, 'README.md'), 'utf8')
  } catch {
    return []
  }
  try {
    return configsIn(readme)
  } catch (error) {
    if (!(error instanceof CardError)) throw error
    throw fail(
      `has a README.md that cannot be read: ${error.message}`,
      'Mend it, or name the files: read("folder/data/*.parquet").',
    )
  }
}

const keywords: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
}
const separators = '[-._ 0-9]'
const patternsOfFolders = (keyword: string) => [
  `**/${keyword}/**`,
  `**/${keyword}${separators}*/**`,
  `**/*${separators}${keyword}/**`,
  `**/*${separators}${keyword}${separators}*/**`,
]
const patternsOfFiles = (keyword: string) => [
  `**/${keyword}${separators}*`,
  `**/*${separators}${keyword}${separators}*`,
]

/** The splits that the names of files and folders tell, in the order of `datasets`; empty without files. */
function splitsByName(paths: readonly string[]): Map<string, readonly string[]> {
  const sharded = (split: string) => `data/${split}-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*`
  const named = new Set(matchAll(sharded('*'), paths).map((path) => /^data\/(.*)-\d{5}-of-\d{5}/.exec(path)?.[1] ?? ''))
  named.delete('')
  if (named.size > 0) {
    const usual = Object.keys(keywords).filter((split) => named.has(split))
    const others = [...named].filter((split) => keywords[split] === undefined).sort()
    return new Map([...usual, ...others].map((split) => [split, [sharded(split)]]))
  }
  for (const patternsOf of [patternsOfFolders, patternsOfFiles]) {
    const found = Object.entries(keywords).flatMap(([split, words]) => {
      const patterns = words.flatMap(patternsOf)
      return patterns.some((pattern) => matchAll(pattern, paths).length > 0) ? [[split, patterns] as const] : []
    })
    if (found.length > 0) return new Map(found)
  }
  return matchAll('**', paths).length > 0 ? new Map([['train', ['**']]]) : new Map()
}

/** The endings of each format, by the name of the module of `datasets` that reads them. */
const formatOfEnding: Readonly<Record<string, string>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.parquet': 'parquet',
  '.txt': 'text',
  '.arrow': 'arrow',
  '.xml': 'xml',
  '.tar': 'tar',
  '.zip': 'zip',
}

/** At equal numbers, the first of them counts, as in `datasets`. */
const favorites = ['.parquet', '.arrow', '.jsonl', '.json', '.csv']

/** Keeps the files of the format that most of them have; all of them if no file has a known format. */
function ofOneFormat(paths: readonly string[]): DatasetFiles {
  const endings = (path: string) =>
    path
      .slice(path.lastIndexOf('/') + 1)
      .split('.')
      .slice(1)
      .map((each) => `.${each.toLowerCase()}`)
  const counts = new Map<string, number>()
  for (const ending of paths.flatMap(endings))
    if (Object.hasOwn(formatOfEnding, ending)) counts.set(ending, (counts.get(ending) ?? 0) + 1)
  const rank = (ending: string) => (favorites.includes(ending) ? favorites.indexOf(ending) : favorites.length)
  const [first] = [...counts].sort(([a, n], [b, m]) => m - n || rank(a) - rank(b) || (a < b ? 1 : -1))
  if (first === undefined) return { paths, leftOut: [] }
  const format = formatOfEnding[first[0]]
  const isOfIt = (path: string) => endings(path).some((ending) => formatOfEnding[ending] === format)
  return { paths: paths.filter(isOfIt), leftOut: paths.filter((path) => !isOfIt(path)) }
}
