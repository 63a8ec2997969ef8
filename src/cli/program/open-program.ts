/**
 * A program as a command sees it: compiled with the params, the engine and the store of the command line. Every command that looks at
 * what a program made opens the program here, so that none looks for an artefact that `run` did not make.
 */

import { basename, dirname, resolve } from 'node:path'
import type { Plan } from '../../core/plan.ts'
import { quoted } from '../../core/values/shell-word.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { optionsInWords, type PastCall } from '../../view/options-in-words.ts'
import type { ProgramOptions } from '../common-options.ts'
import type { CompileCall } from './compiled.ts'
import { storeFor, storeWords } from './store-folder.ts'

/** A program that is not compiled yet, with everything that decides what it compiles to. */
export interface ProgramCall extends CompileCall {
  readonly file: string
  /** The folder of the program. */
  readonly folder: string
  readonly store: FolderStore
}

export interface OpenedProgram extends ProgramCall {
  readonly plan: Plan
}

/** The program in `file` with the options of a command. Commands that compile it by themselves begin with this. */
export function programCall(file: string, { param, engine, store }: ProgramOptions): ProgramCall {
  const opened = storeFor({ store }, file)
  return { file, folder: resolve(dirname(file)), params: param, engine, store: opened, root: opened.root }
}

/**
 * Compiles a program and opens its store. Throws Refused if the program has errors, after it printed them to standard error. `planOf`
 * compiles; `run` passes a function that remembers plans. Without it, the plan is only looked at: an engine need not have the precision of the
 * trainings.
 */
export async function openProgram(
  file: string,
  options: ProgramOptions,
  planOf?: (file: string, call: CompileCall) => Promise<Plan>,
): Promise<OpenedProgram> {
  const call = programCall(file, options)
  if (planOf !== undefined) return { ...call, plan: await planOf(file, call) }
  const compiled = await import('./compiled.ts')
  return { ...call, plan: compiled.planOf(file, { ...call, computes: false }) }
}

/** The same for commands that say what a run would do, or record a result as if a run had made it: what a run refuses is an error for them too. */
export function openProgramToRun(file: string, options: ProgramOptions): Promise<OpenedProgram> {
  return openProgram(file, options, async (path, call) => (await import('./compiled.ts')).planOf(path, call))
}

/** How many calls of past runs are tried. */
const maxTries = 6

/**
 * The options to add to a command line so that it finds what a past run of the program made: `--engine tfjs -p steps=50`. `isFound`
 * answers whether a plan finds it. `undefined` if no past run made it.
 */
export async function optionsThatFind(
  opened: OpenedProgram,
  isFound: (plan: Plan) => Promise<boolean>,
): Promise<string | undefined> {
  for await (const { plan, params, engine } of asInPastRuns(opened))
    if (await isFound(plan)) return optionsInWords({ params, engine })
  return undefined
}

/** The program with the options of its past runs that differ from those of the command, newest first. */
export async function* asInPastRuns(opened: OpenedProgram): AsyncGenerator<OpenedProgram> {
  const { compileFile } = await import('./compiled.ts')
  for (const { params, engine } of (await pastCalls(opened)).slice(0, maxTries)) {
    const call = { ...opened, params, engine }
    const { plan } = compileFile(opened.file, call)
    if (plan !== undefined) yield { ...call, plan }
  }
}

/** A command line for the same program with the same options: `llmpipe show a.llmpipe base -p steps=50`. */
export function commandLine(
  command: string,
  { file, params, engine, root }: ProgramCall,
  ...words: readonly string[]
): string {
  const options = optionsInWords({ params, engine })
  const store = storeWords(root, file)
  return [
    `llmpipe ${command}`,
    ...[file, ...words].map(quoted),
    ...(options === '' ? [] : [options]),
    ...(store === '' ? [] : [store]),
  ].join(' ')
}

/** The help for an artefact that a past run made with other options than those of the command. */
export function addOptions(found: string): string {
  if (found === '') return 'A run without -p and --engine made it: leave them out.'
  return `A run with ${found} made it: give the same here.`
}

/** The distinct calls of the past runs of a program, without that of the command, newest first. */
async function pastCalls({ file, params, engine, root }: OpenedProgram): Promise<PastCall[]> {
  const { beginningsOf } = await import('../../run/log/past-runs.ts')
  const own = optionsInWords({ params, engine })
  const calls = new Map<string, PastCall>()
  for (const past of beginningsOf(root)) {
    if (basename(past.program) !== basename(file)) continue
    const call = { params: past.params ?? {}, engine: past.engine }
    const words = optionsInWords(call)
    if (words !== own && !calls.has(words)) calls.set(words, call)
  }
  return [...calls.values()]
}
