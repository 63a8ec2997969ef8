/**
 * A program as a command is to see it: compiled with the params, the engine and the store that the command was given. All commands
 * that look at what a program made open it here, so that none looks for something that `run` did not make.
 */

import { basename, dirname, resolve } from 'node:path'
import type { Plan } from '../../core/plan.ts'
import { quoted } from '../../core/shell-word.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { optionsInWords, type PastCall } from '../../view/options-in-words.ts'
import { type Options, text } from '../command.ts'
import type { CompileCall } from './compiled.ts'
import { paramsOf } from './params.ts'
import { storeFor } from './store-folder.ts'

/** How a program is to be seen. */
export interface ProgramCall extends CompileCall {
  readonly file: string
}

export interface OpenedProgram extends ProgramCall {
  readonly plan: Plan
  readonly openStore: FolderStore
  /** The folder of the program. */
  readonly folder: string
}

/** How a command line wants a program to be seen. */
export function programCall(file: string, options: Options): ProgramCall & { readonly openStore: FolderStore } {
  const openStore = storeFor(options, file)
  return { file, params: paramsOf(options), engine: text(options, 'engine'), store: openStore.root, openStore }
}

/** Compiles a program; `undefined` if it has errors, which are on standard error by then. */
export async function openProgram(file: string, options: Options): Promise<OpenedProgram | undefined> {
  const { planOrErrors } = await import('./compiled.ts')
  const call = programCall(file, options)
  const plan = planOrErrors(file, call)
  return plan === undefined ? undefined : { ...call, plan, folder: resolve(dirname(file)) }
}

/** So many different calls of past runs are tried. */
const TRIES = 6

/**
 * What to add to a command line so that it finds what a past run of the program made: `--engine tfjs -p steps=50`. `isThere` says
 * whether it is found with a plan. `undefined` if no past run made it.
 */
export async function optionsThatFind(
  opened: OpenedProgram,
  isThere: (plan: Plan) => Promise<boolean>,
): Promise<string | undefined> {
  for await (const { plan, params, engine } of asInPastRuns(opened))
    if (await isThere(plan)) return optionsInWords({ params, engine })
  return undefined
}

/** The program as its past runs with other options than those of the command saw it, newest first. */
export async function* asInPastRuns(opened: OpenedProgram): AsyncGenerator<OpenedProgram> {
  const { compileFile } = await import('./compiled.ts')
  for (const { params, engine } of (await pastCalls(opened)).slice(0, TRIES)) {
    const call = { ...opened, params, engine }
    const { plan } = compileFile(opened.file, call)
    if (plan !== undefined) yield { ...call, plan }
  }
}

/** A command for the same program with the same options, as one types it. */
export function commandLine(command: string, { file, params, engine, store }: ProgramCall, ...words: string[]): string {
  const options = optionsInWords({ params, engine })
  const isUsual = store === resolve(dirname(file), '.llmpipe')
  return [
    `llmpipe ${command}`,
    ...[file, ...words].map(quoted),
    ...(options === '' ? [] : [options]),
    ...(isUsual ? [] : ['--store', quoted(store)]),
  ].join(' ')
}

/** What to say where something of a program was not made with the options given, but by a past run with others. */
export function addOptions(found: string): string {
  if (found === '') return 'A run without -p and --engine made it: leave them out.'
  return `A run with ${found} made it: give the same here.`
}

/** The different calls of the past runs of a program but for that of the command, newest first. */
async function pastCalls({ file, params, engine, openStore }: OpenedProgram): Promise<PastCall[]> {
  const { beginningsOf } = await import('../../run/log/past-runs.ts')
  const own = optionsInWords({ params, engine })
  const calls = new Map<string, PastCall>()
  for (const { program, params: given = {}, engine: with_ } of beginningsOf(openStore.root)) {
    if (basename(program) !== basename(file)) continue
    const call = { params: given, engine: with_ }
    const words = optionsInWords(call)
    if (words !== own && !calls.has(words)) calls.set(words, call)
  }
  return [...calls.values()]
}
