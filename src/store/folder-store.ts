/**
 * The store in a folder of this machine.
 *
 *     objects/aa/<digest>/…           payloads, read-only
 *     actions/aa/<key>/action.json    the record that makes a hit; metrics.jsonl and log.txt beside it
 *     history.jsonl                   which node had which key, for explanations
 *     damaged/                        what was found not to be what it should be
 */

import { accessSync, constants, existsSync, renameSync, utimesSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Digest, Key } from '../core/artefact.ts'
import { isKey } from '../core/shape.ts'
import { isAction } from './action-shape.ts'
import { readStored, sayDamage } from './damage.ts'
import { keepIfPossible, makeFolder, moveAside, replaceFile, syncFolder } from './durable.ts'
import { type History, type HistoryEntry, openHistory } from './key/history.ts'
import { keyOf } from './key/manifest.ts'
import { damageOf, digestOf, hasFiles, isPathWithin, sealPayload } from './payload.ts'
import { seal, unseal } from './sealed.ts'
import { Shelf, type ShelfName } from './shelf.ts'
import type { Action, ActionNode, ActionOutput, Committed, Outputs, Store } from './store.ts'

/** Opens the store in a folder (`.llmpipe`), which is made when something is first kept in it. */
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
    // One that is not there yet is made in the nearest folder that is.
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
          sayDamage(`the artefact ${digest.slice(0, 12)} in ${this.root} is damaged; it counts as not there`)
        keepIfPossible(() => this.putAside(this.objectFolder(digest), digest))
        return undefined
      }
    }
    return action
  }

  /** The record under a key whether or not its outputs are there. A damaged record is moved aside. */
  read(key: Key): Action | undefined {
    if (!isKey(key)) return undefined
    const text = readStored(join(this.actionFolder(key), 'action.json'))
    if (text === undefined) return undefined
    const action = typeof text === 'string' ? unseal('action', text) : undefined
    if (isSound(action, key)) return action
    sayDamage(`the record ${key.slice(0, 12)} in ${this.root} is damaged; what it made counts as not made`)
    this.reject(key)
    return undefined
  }

  /** Moves the record of a key aside: it is not one to be believed. */
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

  /** Takes an action that was done elsewhere, with those of its outputs that are not here: folders in `root`, sealed and verified. */
  async take(
    action: Action,
    folders: Readonly<Record<string, string>>,
    logs: Readonly<Record<string, string>>,
  ): Promise<void> {
    for (const [name, folder] of Object.entries(folders)) await this.keep(folder, action.outputs[name]!)
    this.record(action, logs)
  }

  /** Writes what makes the hit, once all outputs are in their places. */
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

  /** Notes that a program has a hit that another one made: from then on it is compared with that. */
  note(action: Action, node: ActionNode): void {
    const isKnown = ({ key, program }: HistoryEntry) => key === action.key && program === node.program
    if (!this.#history.ofNode(node).some(isKnown)) this.#history.append({ ...action, node })
  }

  /** Moves a sealed payload into its place; true if it was there already, whole. */
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
      try {
        renameSync(folder, place)
        syncFolder(shelf)
        return false
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        // A link to nowhere is there.
        if (code === 'ENOTDIR') this.putAside(place, digest)
        // Somebody else has just put the same there.
        else if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
      }
    }
  }

  /** Marks it as used now: what is collected was used longest ago. In a store that cannot be written to nothing is collected. */
  private touch(digest: Digest): void {
    const now = new Date()
    try {
      utimesSync(this.objectFolder(digest), now, now)
    } catch {
      // Read-only, or gone in the meantime: then whoever needs it says so.
    }
  }

  /** Moves an artefact aside: it is damaged. */
  discard(digest: Digest): void {
    keepIfPossible(() => this.putAside(this.objectFolder(digest), digest))
  }

  /** Moves what is damaged to where nobody takes it for whole. */
  putAside(path: string, name: string): void {
    moveAside(this.root, path, name)
  }
}

/**
 * Whether a record is one of that key and agrees with itself: its key is that of its components, its digests are those of its
 * files, and no file lies outside its artefact.
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
    // Not even the shape of a record.
    return false
  }
}
