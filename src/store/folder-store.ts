/**
 * The store in a folder of this machine.
 *
 *     objects/aa/<digest>/…           payloads, read-only
 *     actions/aa/<key>/action.json    the record that makes a hit; metrics.jsonl and log.txt beside it
 *     history.jsonl                   which node had which key, for explanations
 *     damaged/                        what was found corrupt and moved aside
 */

import { accessSync, constants, existsSync, utimesSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Digest, Key } from '../core/artefact.ts'
import { isKey } from '../core/values/shape.ts'
import { isAction } from './action-shape.ts'
import { readStored, reportDamage } from './damage.ts'
import { keepIfPossible, makeFolder, moveAside, publish, replaceFile, syncFolder } from './durable.ts'
import { type History, type HistoryEntry, openHistory } from './key/history.ts'
import { keyOf } from './key/manifest.ts'
import { damageOf, digestOf, hasFiles, isPathWithin, sealPayload } from './payload.ts'
import { seal, unseal } from './sealed.ts'
import { Shelf, type ShelfName } from './shelf.ts'
import type { Action, ActionNode, ActionOutput, Committed, Outputs, Store } from './store.ts'

/** Opens the store in a folder (`.llmpipe`). The folder is created when something is first kept in it. */
export function openStore(folder: string): FolderStore {
  return new FolderStore(resolve(folder))
}

export class FolderStore implements Store {
  readonly root: string
  readonly #history: History

  constructor(root: string) {
    this.root = root
    this.#history = openHistory(root)
  }

  get isReadOnly(): boolean {
    // A store that does not exist yet is created in the nearest existing folder.
    let folder = this.root
    while (!existsSync(folder)) folder = dirname(folder)
    try {
      accessSync(folder, constants.W_OK)
      return false
    } catch {
      return true
    }
  }

  objectFolder(digest: Digest): string {
    return join(this.root, 'objects', digest.slice(0, 2), digest)
  }

  actionFolder(key: Key): string {
    return join(this.root, 'actions', key.slice(0, 2), key)
  }

  shelf(name: ShelfName): Shelf {
    return new Shelf(this.root, name)
  }

  artefact({ kind, digest }: ActionOutput) {
    return { kind, digest, path: this.objectFolder(digest) }
  }

  async lookup(key: Key): Promise<Action | undefined> {
    const action = this.read(key)
    if (action === undefined) return undefined
    for (const { digest } of Object.values(action.outputs)) this.touch(digest)
    for (const { digest, files } of Object.values(action.outputs)) {
      if (!hasFiles(this.objectFolder(digest), files)) {
        if (existsSync(this.objectFolder(digest)))
          reportDamage(`the artefact ${digest.slice(0, 12)} in ${this.root} is corrupt; it counts as not there`)
        keepIfPossible(() => this.putAside(this.objectFolder(digest), digest))
        return undefined
      }
    }
    return action
  }

  /** The record under a key, even if its outputs are missing. A corrupt record is moved aside. */
  read(key: Key): Action | undefined {
    if (!isKey(key)) return undefined
    const text = readStored(join(this.actionFolder(key), 'action.json'))
    if (text === undefined) return undefined
    const action = typeof text === 'string' ? unseal('action', text) : undefined
    if (isSound(action, key)) return action
    reportDamage(`the record ${key.slice(0, 12)} in ${this.root} is corrupt; what it made counts as not made`)
    this.reject(key)
    return undefined
  }

  /** Moves the record of a key aside, because it cannot be trusted. */
  reject(key: Key): void {
    keepIfPossible(() => this.putAside(this.actionFolder(key), key))
  }

  async commit(
    draft: Omit<Action, 'outputs'>,
    folders: Outputs,
    logs: Readonly<Record<string, string>> = {},
  ): Promise<Committed> {
    const outputs: Record<string, ActionOutput> = {}
    let unchanged = true
    for (const [name, { folder, kind }] of Object.entries(folders)) {
      const files = await sealPayload(folder)
      const output = { digest: digestOf(files), kind, files }
      if (!(await this.keep(folder, output))) unchanged = false
      outputs[name] = output
    }
    const action: Action = { ...draft, outputs }
    this.record(action, logs)
    return { action, unchanged }
  }

  /** Adds an action from elsewhere, with those of its outputs that are not here: folders in `root`, sealed and verified. */
  async take(
    action: Action,
    folders: Readonly<Record<string, string>>,
    logs: Readonly<Record<string, string>>,
  ): Promise<void> {
    for (const [name, folder] of Object.entries(folders)) await this.keep(folder, action.outputs[name]!)
    this.record(action, logs)
  }

  /** Writes the record that makes the hit, once all outputs are in their places. */
  private record(action: Action, logs: Readonly<Record<string, string>>): void {
    const folder = this.actionFolder(action.key)
    makeFolder(this.root, folder)
    for (const [name, text] of Object.entries(logs)) replaceFile(this.root, join(folder, name), text, false)
    replaceFile(this.root, join(folder, 'action.json'), seal('action', action), true)
    syncFolder(join(folder, '..'))
    this.#history.append(action)
  }

  async earlier(
    node: { readonly id: string; readonly kind: string; readonly program?: string },
    isOther: (id: string) => boolean = () => true,
    limit = 32,
  ): Promise<readonly Action[]> {
    const isOfProgram = ({ program }: HistoryEntry) =>
      node.program === undefined || program === undefined || program === node.program
    const own = this.#history.ofNode(node).filter(isOfProgram)
    const others = () => this.#history.ofKind(node.kind).filter((each) => isOther(each.id) && isOfProgram(each))
    const candidates = own.length > 0 ? own : others()
    const actions: Action[] = []
    for (const key of new Set(candidates.map((entry) => entry.key).reverse())) {
      if (actions.length === limit) break
      const action = this.read(key)
      if (action !== undefined) actions.push(action)
    }
    return actions
  }

  /** Notes that an action which another program made is a hit of this program: later actions of the program are compared with it. */
  note(action: Action, node: ActionNode): void {
    const isKnown = ({ key, program }: HistoryEntry) => key === action.key && program === node.program
    if (!this.#history.ofNode(node).some(isKnown)) this.#history.append({ ...action, node })
  }

  /** Moves a sealed payload into its place. Returns whether a whole one was there already. */
  private async keep(folder: string, { digest, files }: ActionOutput): Promise<boolean> {
    const place = this.objectFolder(digest)
    const shelf = join(place, '..')
    makeFolder(this.root, shelf)
    for (;;) {
      if (existsSync(place)) {
        this.touch(digest)
        if ((await damageOf(place, files)) === undefined) {
          await rm(folder, { recursive: true, force: true })
          return true
        }
        this.putAside(place, digest)
      }
      const how = publish(folder, place)
      if (how === 'blocked') this.putAside(place, digest)
      if (how !== 'published') continue
      syncFolder(shelf)
      return false
    }
  }

  /** Marks an artefact as used now: those used longest ago are collected first. In a read-only store nothing is collected. */
  private touch(digest: Digest): void {
    const now = new Date()
    try {
      utimesSync(this.objectFolder(digest), now, now)
    } catch {
      // Read-only, or removed meanwhile, which whoever needs the artefact reports.
    }
  }

  /** Moves a corrupt artefact aside. */
  discard(digest: Digest): void {
    keepIfPossible(() => this.putAside(this.objectFolder(digest), digest))
  }

  /** Moves something corrupt to where nobody takes it for whole. */
  putAside(path: string, name: string): void {
    moveAside(this.root, path, name)
  }
}

/**
 * Whether a record belongs to a key and is consistent: its key is that of its components, its digests are those of its files, and no file lies
 * outside its artefact.
 */
export function isSound(record: unknown, key: Key): record is Action {
  const action = record as Action
  try {
    return (
      isAction(record) &&
      action.key === key &&
      keyOf(action) === key &&
      Object.entries(action.outputs).every(
        ([name, { digest, files }]) =>
          isPathWithin(name) && digestOf(files) === digest && files.every(({ path }) => isPathWithin(path)),
      )
    )
  } catch {
    // The value does not even have the shape of a record.
    return false
  }
}
