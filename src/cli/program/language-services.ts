/** The services that the language server receives from the command line. */

import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CustomFile } from '../../core/kind/custom-file.ts'
import { elaborateModel } from '../../language/3-elaborate/model.ts'
import { explanations } from '../../language/messages/codes.generated.ts'
import type { TypedProgram } from '../../language/program.ts'
import type { CustomFiles, LanguageServices, StageState } from '../../lsp/services.ts'
import { placeOf } from '../../store/place.ts'
import { exportErrors } from '../check/export-checks.ts'
import { precisionErrors } from '../check/precision-checks.ts'
import { packageRoot, version } from '../package.ts'
import { referenceOfName } from '../reference/callable-reference.ts'
import { referenceOf, settingLines } from '../reference/kind-reference.ts'
import { catalogue } from './catalogue.ts'
import { customStages, Descriptions } from './custom-stages.ts'
import { parsedSource, readSource, sourceFile } from './sources.ts'
import { listFile } from './trust-list.ts'

export const languageServices: LanguageServices = {
  version,
  catalogue,
  elaborateModel,
  explanations,
  pageOf: (code) => `${pathToFileURL(join(packageRoot, 'docs/reference/errors.md'))}#${code.toLowerCase()}`,
  readSource,
  sourceFile,
  parsedSource,
  place: placeOf,
  customFiles,
  furtherErrors: (program) => [...exportErrors(program), ...precisionErrors(program)],
  warnings,
  states,
  graph: async (program, sources) => (await import('./stage-graph.ts')).stageGraph(program, sources),
  graphStamp: async (program) => (await import('./stage-graph.ts')).graphStamp(program),
  referenceOfName,
  referenceOfKind: referenceOf,
  referenceOfSetting: (name, schema) => settingLines({ properties: { [name]: schema } }, '').join('\n'),
  headOf,
  exists: existsSync,
  listFolder,
  programsBelow,
}

/** Loads the custom stages of a program: described once, and again after their sources or the list of trusted code changed. */
function customFiles(program: string): CustomFiles {
  const root = join(dirname(program), '.llmpipe')
  const known = new Map<string, { readonly stamp: string; readonly file: CustomFile | undefined }>()
  let descriptions = new Descriptions()
  return {
    load(path) {
      const before = known.get(path)
      if (before !== undefined && before.stamp === stampOf(path, before.file)) return before.file
      const file = customStages(program, root, { descriptions })(path)
      const isPending = descriptions.isPending(path)
      if (!isPending) known.set(path, { stamp: stampOf(path, file), file })
      return file
    },
    isPending: () => descriptions.isPending(),
    async settle(stop) {
      if (await descriptions.make(stop)) return true
      // What was described is in `known`, so a later change is described again.
      descriptions = new Descriptions()
      return false
    },
  }
}

/** A text that changes with the sources of a file of custom stages, and with the list of trusted code. */
function stampOf(path: string, file: CustomFile | undefined): string {
  const list = listFile()
  const sources = [path, ...(file?.sources.keys() ?? []), ...(list === undefined ? [] : [list])]
  return sources.map(timeOf).join(' ')
}

function timeOf(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path)
    return `${mtimeMs}:${size}`
  } catch {
    // The file does not exist, or its path is impossible.
    return ''
  }
}

async function warnings(program: TypedProgram, sources: ReadonlyMap<string, string>) {
  const { toPlan } = await import('../../plan/plan.ts')
  const { estimate } = await import('../../plan/estimate.ts')
  const { checkWarnings } = await import('../check/check-warnings.ts')
  const { folderModels } = await import('./folder-models.ts')
  const plan = toPlan(program, sources, catalogue)
  const { params } = program
  return checkWarnings(plan, sources, estimate(plan, availableParallelism()), await folderModels(plan), { params })
}

async function states(program: TypedProgram, sources: ReadonlyMap<string, string>): Promise<Map<string, StageState>> {
  const found = new Map<string, StageState>()
  const folder = dirname(program.file)
  const root = join(folder, '.llmpipe')
  if (!existsSync(root)) return found
  const { toPlan } = await import('../../plan/plan.ts')
  const { lookUp } = await import('../../run/explain/status.ts')
  const { openStore } = await import('../../store/folder-store.ts')
  const looked = await lookUp(toPlan(program, sources, catalogue), { store: openStore(root), programDir: folder })
  for (const { node, action, lost } of looked.values()) {
    const state = action !== undefined ? 'cached' : lost ? 'failed when it last ran' : 'has not run as it is'
    const entry = { state, metrics: action?.report.metrics ?? {} }
    for (const name of node.name.split(',')) found.set(name, entry)
  }
  return found
}

function headOf(path: string): string | undefined {
  try {
    // A pipe would wait for a writer.
    if (!statSync(path).isFile()) return undefined
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(64 * 1024)
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    // It does not exist, or must not be read.
    return undefined
  }
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((entry) =>
        entry.isDirectory() || isFolder(join(path, entry.name), entry.isSymbolicLink()) ? `${entry.name}/` : entry.name,
      )
      .sort()
  } catch {
    // The folder does not exist, or cannot be read.
    return []
  }
}

function isFolder(path: string, isLink: boolean): boolean {
  try {
    return isLink && statSync(path).isDirectory()
  } catch {
    // A link to nothing.
    return false
  }
}

/** How many folders are looked through for programs: enough for a project, and not for a whole disk. */
const maxFolders = 2_000
const skipped = new Set(['node_modules', '.git', '.llmpipe', '.venv', 'dist'])

function programsBelow(folder: string): readonly string[] {
  const found: string[] = []
  const waiting = [folder]
  for (let seen = 0; seen < maxFolders; seen++) {
    const at = waiting.shift()
    if (at === undefined) break
    for (const name of listFolder(at)) {
      if (name.endsWith('.llmpipe')) found.push(`${at}/${name}`)
      else if (name.endsWith('/') && !skipped.has(name.slice(0, -1))) waiting.push(`${at}/${name.slice(0, -1)}`)
    }
  }
  return found
}
