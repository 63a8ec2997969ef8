/**
 * Finds artefacts by the names that people give them: a stage of a program, a stage of past runs, the beginning of a digest, or a folder.
 *
 *     pipeline.llmpipe base      the output of this stage of the program as it is now
 *     base                       the newest output of a stage of this name, in the store of this folder
 *     3fa9c2                     the beginning of a digest in that store
 *     out/assistant              a folder with files
 *     model.gguf                 a file of weights
 */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Artefact, ArtefactKind, Digest, Key } from '../core/artefact.ts'
import { boundNames, isSameName } from '../core/variant.ts'
import { engineNames } from '../engine/names.ts'
import type { Failure } from '../store/failures.ts'
import type { FolderStore } from '../store/folder-store.ts'
import { openHistory } from '../store/key/history.ts'
import type { Action, ActionOutput } from '../store/store.ts'
import type { ProgramOptions } from './common-options.ts'
import { storeFor } from './program/store-folder.ts'
import { writeError } from './terminal/output.ts'
import { Refusal } from './terminal/refusal.ts'

export interface Found {
  readonly name: string
  /** The artefacts; one in a folder outside every store has no digest. */
  readonly artefacts: readonly (Omit<Artefact, 'digest'> & { readonly digest?: Digest })[]
  /** The record of the stage that made it, and the store that has the record; absent for a folder of files. */
  readonly action?: Action
  readonly store?: FolderStore
  /** How the last attempt of the stage failed; then there are no artefacts. */
  readonly failed?: { readonly failure: Failure; readonly folder: string }
}

/** How many words at the beginning name the artefact: two for a program and its stage, else one. */
export function wordsForArtefact(words: readonly string[]): number {
  return isProgram(words[0] ?? '') ? 2 : 1
}

function isProgram(word: string): boolean {
  return word.endsWith('.llmpipe') && statSync(word, { throwIfNoEntry: false })?.isFile() === true
}

/** The artefacts that this call of the command has found. They are checked if the call ends in an unexpected error. */
const foundByThisCall: Found[] = []

/** Moves a corrupt artefact of this call aside and returns the error to report. `undefined` if every artefact is intact. */
export async function damageFound(): Promise<Refusal | undefined> {
  const { damageOf } = await import('../store/payload.ts')
  for (const { name, action, store, artefacts } of foundByThisCall)
    for (const { digest, files } of Object.values(action?.outputs ?? {})) {
      if (store === undefined || !artefacts.some((each) => each.digest === digest)) continue
      const file = await damageOf(store.objectFolder(digest), files).catch(() => 'its folder')
      if (file === undefined) continue
      store.discard(digest)
      return new Refusal(
        `${name} is corrupt in the store: the bytes of ${file} have changed; the artefact was moved aside`,
        'Run the program again: the run makes it anew.',
      )
    }
  return undefined
}

export interface FindOptions extends ProgramOptions {
  /** Whether weights may come from a run with another engine: `generate` and `chat` take the engine to compute with. */
  readonly isEngineOptional?: true
}

/** Finds an artefact. Throws a Refusal that says what there is if the artefact is not found. */
export async function findArtefact(words: readonly string[], options: FindOptions): Promise<Found> {
  const found = await findStage(words, options)
  if (found.failed === undefined) return found
  const { commandLine, programCall } = await import('./program/open-program.ts')
  throw new Refusal(
    `${found.name} failed: ${found.failed.failure.error.message}`,
    `Look at it: ${commandLine('show', programCall(words[0]!, options), found.name)}`,
  )
}

/** Finds an artefact, or a stage that failed to make one. */
export async function findStage(words: readonly string[], options: FindOptions): Promise<Found> {
  const found = await find(words, options)
  foundByThisCall.push(found)
  return found
}

async function find(words: readonly string[], options: FindOptions): Promise<Found> {
  const [what = '', stage] = words
  if (isProgram(what)) {
    if (stage === undefined) throw new Refusal('which stage of the program?', `For example: ${what} base.`)
    return ofProgram(what, stage, options)
  }
  const there = statSync(what, { throwIfNoEntry: false })
  if (there?.isDirectory()) return ofFolder(what)
  if (there?.isFile() && isGguf(what))
    return { name: basename(what), artefacts: [{ kind: 'Weights', path: resolve(what) }] }
  const store = storeFor(options)
  const found = (await ofDigest(what, store)) ?? (await ofHistory(what, store))
  if (found !== undefined) return found
  const names = [
    ...new Set(
      openHistory(store.root)
        .entries()
        .map(({ id }) => id),
    ),
  ]
  throw new Refusal(
    `there is no artefact "${what}"`,
    names.length === 0
      ? 'Name a program and its stage, a folder, a .gguf file, or a digest; the store of this folder is empty.'
      : `The store of this folder has ${names.slice(-12).join(', ')}. Or name a program and its stage, a folder, or a .gguf file.`,
  )
}

async function ofProgram(file: string, stage: string, options: FindOptions): Promise<Found> {
  const trained = options.isEngineOptional && (await trainedByAnyEngine(file, stage, options))
  if (trained) return trained
  const { openProgram } = await import('./program/open-program.ts')
  const { currentAction, whyMissing } = await import('./program/current-actions.ts')
  const opened = await openProgram(file, options)
  const current = await currentAction(opened, stage)
  const { node, action, missing, failed } = current
  const { store } = opened
  if (action) return { ...chosenOutputs(node.name, action, stage, store), action, store }
  const { jobOfStage } = await import('./jobs/standing-words.ts')
  // A failed stage that a job makes again is under way.
  if (failed !== undefined && missing === node && jobOfStage(store.root, node.name) === undefined)
    return { name: node.name, artefacts: [], store, failed }
  throw await whyMissing(opened, current)
}

/**
 * The output of a stage that ran with the engine of the call, else with the one that the program names, else with any other: weights
 * trained by one engine compute on all. `undefined` if it ran with none. An engine without the precision of the program cannot have run it.
 */
async function trainedByAnyEngine(file: string, stage: string, options: FindOptions): Promise<Found | undefined> {
  const { programCall } = await import('./program/open-program.ts')
  const { compileFile } = await import('./program/compiled.ts')
  const { currentAction } = await import('./program/current-actions.ts')
  const call = programCall(file, options)
  for (const engine of new Set([call.engine, undefined, ...engineNames])) {
    const { plan } = compileFile(file, { ...call, engine })
    if (plan === undefined) continue
    const { node, action } = await currentAction({ ...call, engine, plan }, stage)
    if (action === undefined) continue
    if (engine !== undefined && engine !== call.engine)
      writeError(`note: ${node.name} is from a run with --engine ${engine}\n`)
    return { ...chosenOutputs(node.name, action, stage, call.store), action, store: call.store }
  }
  return undefined
}

/** The outputs of an action with the names the stage binds them to: `train,held_out` binds two. */
export function namedOutputs(stage: string, { outputs }: Action): readonly (readonly [string, ActionOutput])[] {
  const all = Object.values(outputs)
  const names = boundNames(stage)
  return all.map((output, i) => [names.length === all.length ? names[i]! : stage, output] as const)
}

/** The output that is bound to `name`, or all outputs if `name` is that of the stage. */
function chosenOutputs(stage: string, action: Action, name: string, store: FolderStore) {
  const outputs = namedOutputs(stage, action)
  const one = outputs.filter(([bound]) => isSameName(bound, name))
  const chosen = one.length > 0 ? one : outputs
  return {
    name: chosen.length === 1 ? chosen[0]![0] : stage,
    artefacts: chosen.map(([, output]) => store.artefact(output)),
  }
}

async function ofDigest(prefix: string, store: FolderStore): Promise<Found | undefined> {
  if (!/^[0-9a-f]{4,64}$/.test(prefix)) return undefined
  const found = new Map<string, Found>()
  for (const key of keysIn(store)) {
    const action = await store.lookup(key)
    if (action === undefined) continue
    for (const [name, output] of namedOutputs(action.node.name, action))
      if (output.digest.startsWith(prefix))
        found.set(output.digest, { name, artefacts: [store.artefact(output)], action, store })
  }
  if (found.size > 1) throw new Refusal(`${prefix} is the beginning of ${found.size} digests`, 'Give more digits.')
  return [...found.values()][0]
}

async function ofHistory(name: string, store: FolderStore): Promise<Found | undefined> {
  for (const { key, id } of openHistory(store.root).entries().reverse()) {
    if (id !== name && !boundNames(id).some((bound) => isSameName(bound, name))) continue
    const action = await store.lookup(key)
    if (action === undefined) continue
    return { ...chosenOutputs(id, action, name, store), action, store }
  }
  return undefined
}

/** The keys of all actions, newest first. */
export function keysIn(store: FolderStore): Key[] {
  return [
    ...new Set(
      openHistory(store.root)
        .entries()
        .map(({ key }) => key)
        .reverse(),
    ),
  ]
}

/** The artefact that a folder of files holds, recognized by their names. */
function ofFolder(folder: string): Found {
  const names = readdirSync(folder)
  const [gguf, ...others] = names.some(isWeights) ? [] : names.filter(isGguf)
  if (others.length > 0)
    throw new Refusal(
      `${folder} holds ${others.length + 1} GGUF files: ${[gguf, ...others].join(', ')}`,
      'Name one of the files.',
    )
  if (gguf !== undefined)
    return { name: basename(resolve(folder)), artefacts: [{ kind: 'Weights', path: resolve(folder, gguf) }] }
  const kind = kindOf(names)
  if (kind === undefined) throw new Refusal(`${folder} holds no artefact that llmpipe knows`)
  return { name: basename(resolve(folder)), artefacts: [{ kind, path: resolve(folder) }] }
}

/** Whether a file has weights: whole or in shards, an adapter, or a format that llmpipe refuses with an explanation. */
function isWeights(name: string): boolean {
  return /^(model|adapter_model)\b.*\.safetensors$|^pytorch_model\b.*\.bin$/.test(name)
}

function kindOf(names: readonly string[]): ArtefactKind | undefined {
  if (names.some(isWeights)) return 'Weights'
  if (names.includes('classifier.json')) return 'Classifier'
  if (names.includes('tokens.bin')) return 'Tokens'
  if (names.includes('tokenizer.json')) return 'Tokenizer'
  if (names.some((name) => name.endsWith('.jsonl'))) return 'Docs'
  return names.includes('metrics.json') ? 'Report' : undefined
}

function isGguf(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf')
}

/** The folder, or the GGUF file, of the weights that were found. Throws a Refusal if no artefact has weights. */
export function weightsFolder({ name, artefacts }: Found): string {
  const hasWeights = (path: string) => isGguf(path) || readdirSync(path).some(isWeights)
  const weights = artefacts.find(({ path }) => existsSync(path) && hasWeights(path))
  if (weights === undefined)
    throw new Refusal(`${name} has no weights; it is ${artefacts.map(({ kind }) => kind).join(', ')}`)
  return weights.path
}
