/**
 * An artefact by what people call it: a stage of a program, a stage of the last runs, the beginning of a digest, or a folder.
 *
 *     pipeline.llmpipe base      what the program as it is now makes there
 *     base                       what a stage of that name made last, in the store of this folder
 *     3fa9c2                     a digest in that store
 *     out/assistant              files somewhere
 */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Artefact, ArtefactKind, Digest, Key } from '../core/artefact.ts'
import { boundNames, isSameName } from '../core/variant.ts'
import { nodesNamed } from '../run/select.ts'
import type { Failure } from '../store/failures.ts'
import type { FolderStore } from '../store/folder-store.ts'
import { openHistory } from '../store/key/history.ts'
import type { Action, ActionOutput } from '../store/store.ts'
import { type Options, text } from './command.ts'
import { storeFor } from './program/store-folder.ts'
import { Refusal } from './terminal/refusal.ts'

export interface Found {
  readonly name: string
  /** A folder that is not of a store has no digest. */
  readonly artefacts: readonly (Omit<Artefact, 'digest'> & { readonly digest?: Digest })[]
  /** The record of what made it, where a store has one, and that store. */
  readonly action?: Action
  readonly store?: FolderStore
  /** How its last attempt failed, for a stage of a program that did; then there are no artefacts. */
  readonly failed?: { readonly failure: Failure; readonly folder: string }
}

/** How many of the words at the beginning say which artefact: a program takes a stage after it. */
export function wordsForArtefact(words: readonly string[]): number {
  return isProgram(words[0] ?? '') ? 2 : 1
}

function isProgram(word: string): boolean {
  return word.endsWith('.llmpipe') && statSync(word, { throwIfNoEntry: false })?.isFile() === true
}

/** What was found in this call of the command: looked at again if it ends in an error that nobody foresaw. */
const looked: Found[] = []

/** That something which this call looks at is damaged in its store; it is moved aside. `undefined` if all of it is whole. */
export async function damageFound(): Promise<Refusal | undefined> {
  const { damageOf } = await import('../store/payload.ts')
  for (const { name, action, store, artefacts } of looked)
    for (const { digest, files } of Object.values(action?.outputs ?? {})) {
      if (store === undefined || !artefacts.some((each) => each.digest === digest)) continue
      const file = await damageOf(store.objectFolder(digest), files).catch(() => 'its folder')
      if (file === undefined) continue
      store.discard(digest)
      return new Refusal(
        `${name} is damaged in the store: ${file} is not what it was; it was moved aside`,
        'Run the program again: it is made anew.',
      )
    }
  return undefined
}

/** Finds an artefact; a Refusal says what there is where it is not found. */
export async function findArtefact(words: readonly string[], options: Options): Promise<Found> {
  const found = await findStage(words, options)
  if (found.failed !== undefined)
    throw new Refusal(
      `${found.name} failed: ${found.failed.failure.error.message}`,
      `Its log: llmpipe show ${words[0]} '${found.name}'`,
    )
  return found
}

/** Finds an artefact, or a stage that failed to make one. */
export async function findStage(words: readonly string[], options: Options): Promise<Found> {
  const found = await find(words, options)
  looked.push(found)
  return found
}

async function find(words: readonly string[], options: Options): Promise<Found> {
  const [what = '', stage] = words
  if (isProgram(what)) {
    if (stage === undefined) throw new Refusal('which stage of the program?', `For example: ${what} base.`)
    return ofProgram(what, stage, options)
  }
  if (statSync(what, { throwIfNoEntry: false })?.isDirectory()) return ofFolder(what)
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
      ? 'Name a program and its stage, a folder, or a digest; the store of this folder is empty.'
      : `The store of this folder has ${names.slice(-12).join(', ')}. Or name a program and its stage, or a folder.`,
  )
}

async function ofProgram(file: string, stage: string, options: Options): Promise<Found> {
  // `generate` and `chat` take the engine to compute with; what they look for may have been trained with the program's own.
  const given = text(options, 'engine')
  if (given !== undefined && !(await isMade(file, stage, options))) {
    const { engine: _, ...rest } = options
    if (await isMade(file, stage, rest)) return ofProgram(file, stage, rest)
  }
  const { openProgram } = await import('./program/open-program.ts')
  const { currentAction, whyMissing } = await import('./program/current.ts')
  const opened = await openProgram(file, options)
  if (opened === undefined) throw new Refusal(`${file} has errors`)
  const { plan, openStore: store, folder } = opened
  const current = await currentAction(plan, stage, store, folder)
  const { node, action, missing, failed } = current
  if (action === undefined) {
    if (failed !== undefined && missing === node) return { name: node.name, artefacts: [], store, failed }
    throw await whyMissing(opened, current)
  }
  return { ...chosenOutputs(node.name, action, stage, store), action, store }
}

/** Whether a stage has run with the program as the options want it. */
async function isMade(file: string, stage: string, options: Options): Promise<boolean> {
  const { compileFile } = await import('./program/compiled.ts')
  const { programCall } = await import('./program/open-program.ts')
  const { currentAction } = await import('./program/current.ts')
  const { openStore, ...call } = programCall(file, options)
  const { plan } = compileFile(file, call)
  if (plan === undefined || nodesNamed(plan, stage).length !== 1) return false
  return (await currentAction(plan, stage, openStore, dirname(file))).action !== undefined
}

/** The outputs of an action with the names the stage binds them to: `train,held_out` binds two. */
export function namedOutputs(stage: string, { outputs }: Action): readonly (readonly [string, ActionOutput])[] {
  const all = Object.values(outputs)
  const names = boundNames(stage)
  return all.map((output, i) => [names.length === all.length ? names[i]! : stage, output] as const)
}

/** The output that `name` is bound to, or all where it names the whole stage. */
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
  if (found.size > 1) throw new Refusal(`${prefix} is the beginning of ${found.size} digests`, 'Give more of it.')
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

/** Files that lie anywhere: what they are is told by their names. */
function ofFolder(folder: string): Found {
  const names = readdirSync(folder)
  const kind = kindOf(names)
  if (kind === undefined) throw new Refusal(`${folder} holds no artefact that llmpipe knows`)
  return { name: basename(resolve(folder)), artefacts: [{ kind, path: resolve(folder) }] }
}

/** In one file or many, or those of an adapter; or in another format, which opening them explains. */
function isWeights(name: string): boolean {
  return /^(model|adapter_model)\b.*\.safetensors$|^pytorch_model\b.*\.bin$/.test(name)
}

function kindOf(names: readonly string[]): ArtefactKind | undefined {
  if (names.some(isWeights)) return 'Weights'
  if (names.includes('tokens.bin')) return 'Tokens'
  if (names.includes('tokenizer.json')) return 'Tokenizer'
  if (names.some((name) => name.endsWith('.jsonl'))) return 'Docs'
  return names.includes('metrics.json') ? 'Report' : undefined
}

/** The folder of a weights artefact, or a Refusal. */
export function weightsFolder({ name, artefacts }: Found): string {
  const weights = artefacts.find(({ path }) => existsSync(path) && readdirSync(path).some(isWeights))
  if (weights === undefined)
    throw new Refusal(`${name} is no weights but ${artefacts.map(({ kind }) => kind).join(', ')}`)
  return weights.path
}
