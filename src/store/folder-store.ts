/**
 * The store in a folder of this machine.
 *
 *     objects/aa/<digest>/…           payloads, read-only
 *     actions/aa/<key>/action.json    the record that makes a hit; metrics.jsonl and log.txt beside it
 *     history.jsonl                   which node had which key, for explanations
 *     damaged/                        what was found not to be what it should be
 */

import { existsSync, mkdirSync, readFileSync, renameSync, utimesSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Digest, Key } from '../core/artefact.ts'
import { isMissing, moveAside, replaceFile, syncFolder } from './durable.ts'
import { openHistory } from './history.ts'
import { keyOf } from './manifest.ts'
import { damageOf, digestOf, hasFiles, sealPayload } from './payload.ts'
import { seal, unseal } from './sealed.ts'
import { Shelf, type ShelfName } from './shelf.ts'
import type { Action, ActionOutput, Committed, Outputs, Store } from './store.ts'

/** Opens the store in a folder (`.llmpipe`), which is made when something is first kept in it. */
export function openStore(folder: string): FolderStore {
  return new FolderStore(resolve(folder))
}

export class FolderStore implements Store {
  readonly root: string

  constructor(root: string) {
    this.root = root
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
        this.putAside(this.objectFolder(digest), digest)
        return undefined
      }
    }
    return action
  }

  /** The record under a key whether or not its outputs are there. A damaged record is moved aside. */
  read(key: Key): Action | undefined {
    const file = join(this.actionFolder(key), 'action.json')
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    const action = unseal<Action>('action', text)
    if (action !== undefined && action.key === key && isSound(action)) return action
    this.putAside(this.actionFolder(key), key)
    return undefined
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
    const folder = this.actionFolder(action.key)
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of Object.entries(logs)) replaceFile(this.root, join(folder, name), text, false)
    replaceFile(this.root, join(folder, 'action.json'), seal('action', action), true)
    syncFolder(join(folder, '..'))
    openHistory(this.root).append(action)
    return { action, unchanged }
  }

  async earlier(node: { readonly id: string; readonly kind: string }, limit = 32): Promise<readonly Action[]> {
    const entries = openHistory(this.root).entries()
    const same = entries.filter(({ id, kind }) => id === node.id && kind === node.kind)
    const candidates = same.length > 0 ? same : entries.filter(({ kind }) => kind === node.kind)
    const actions: Action[] = []
    for (const key of new Set(candidates.reverse().map((entry) => entry.key))) {
      if (actions.length === limit) break
      const action = this.read(key)
      if (action !== undefined) actions.push(action)
    }
    return actions
  }

  /** Moves a sealed payload into its place; true if it was there already, whole. */
  private async keep(folder: string, { digest, files }: ActionOutput): Promise<boolean> {
    const place = this.objectFolder(digest)
    const shelf = join(place, '..')
    mkdirSync(shelf, { recursive: true })
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
        // Somebody else has just put the same there.
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
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

  /** Moves what is damaged to where nobody takes it for whole. */
  putAside(path: string, name: string): void {
    moveAside(this.root, path, name)
  }
}

/** Whether a record agrees with itself: its key is that of its components, its digests are those of its files. */
function isSound(action: Action): boolean {
  return (
    keyOf(action) === action.key &&
    Object.values(action.outputs).every(({ digest, files }) => digestOf(files) === digest)
  )
}
