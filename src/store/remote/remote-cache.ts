/**
 * A remote as a cache behind a store: artefacts that the store lacks are pulled, new ones are pushed. A failure of the remote costs only the time that
 * it would have saved: it is never a failure of the run.
 *
 *     pull    record ─▶ its blobs, each verified on the way ─▶ the store, which commits them like its own
 *     push    blobs that the remote lacks ─▶ the record, last
 */

import { setMaxListeners } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Key } from '../../core/artefact.ts'
import type { RemoteTally } from '../../core/event.ts'
import { statOf, temporary } from '../durable.ts'
import type { FolderStore } from '../folder-store.ts'
import { hashFile } from '../inputs/hash-file.ts'
import { hasFiles } from '../payload.ts'
import type { Action, PayloadFile } from '../store.ts'
import type { OpenableRemote } from './address.ts'
import { type KnownRecords, openKnown } from './known.ts'
import { blobName, logNames, type RemoteRecord, readRecord, recordName, writeRecord } from './layout.ts'
import { receiveFile, receiveText, WrongBytes } from './receive.ts'
import { Requests } from './requests.ts'
import { inTime, type Patience } from './silence.ts'

/** The most bytes of a record; larger records are rejected as invalid. */
const largestRecord = 256 * 1024 ** 2
/** How often the number of actions that are still to be pushed is reported, in milliseconds. */
const reportInterval = 1_000
export interface RemoteCacheOptions {
  /** Artefacts are pulled, and nothing is pushed. */
  readonly readOnly: boolean
  /** How long the remote may be silent, in milliseconds. */
  readonly silence: number
}

export interface Pulling {
  /** Called with the bytes that have been received; fewer than before if some must be received again. */
  onBytes?(done: number, total: number): void
  /** Aborted when the artefact is no longer wanted. */
  readonly signal?: AbortSignal
  /** Returns why a consistent record does not fit the node; `undefined` if it fits. */
  misfit?(action: Action): string | undefined
}

export interface Pull {
  /** The action that was pulled and is in the store now; absent if none was. */
  readonly action?: Action
  /** The bytes that were received. */
  readonly bytes: number
  /** Why the artefact in the remote was not used. */
  readonly problem?: string
}

const nothing: RemoteTally = { pulled: 0, pulledBytes: 0, pushed: 0, pushedBytes: 0, unpushed: 0 }

export class RemoteCache {
  readonly address: string
  readonly #store: FolderStore
  readonly #options: RemoteCacheOptions
  readonly #isReadOnly: boolean
  readonly #known: KnownRecords
  readonly #requests: Requests
  /** Corrupt blobs of the remote: they are replaced by the next push. */
  readonly #wrong = new Set<string>()
  readonly #pending = new Map<Key, Promise<void>>()
  /** The blobs that are being pushed. */
  readonly #sending = new Map<string, Promise<number>>()
  #tally = nothing

  constructor(at: OpenableRemote, store: FolderStore, options: RemoteCacheOptions) {
    this.address = at.address
    this.#requests = new Requests(at, options.silence)
    this.#store = store
    this.#options = options
    this.#isReadOnly = options.readOnly || store.isReadOnly
    this.#known = openKnown(store.root, at.address)
  }

  /** Called once with a message, when the remote is no longer used. */
  set onTrouble(listener: (message: string) => void) {
    this.#requests.onTrouble = listener
  }

  /** The record of a key, if the remote has it. Its files are not checked. */
  async peek(key: Key, misfit: NonNullable<Pulling['misfit']> = () => undefined): Promise<Action | undefined> {
    try {
      const action = this.#requests.isOff('pull') ? undefined : (await this.#record(key))?.action
      return action === undefined || misfit(action) !== undefined ? undefined : action
    } catch (error) {
      this.#requests.explain(error, 'pull')
      return undefined
    }
  }

  /** Pulls an action and all its files into the store, if the remote has all of it. Never rejected. */
  async pull(key: Key, { onBytes = () => {}, signal, misfit }: Pulling = {}): Promise<Pull> {
    if (this.#requests.isOff('pull') || this.#store.isReadOnly) return { bytes: 0 }
    // One listener for each file in progress is not a leak.
    if (signal !== undefined) setMaxListeners(0, signal)
    let scratch = ''
    try {
      scratch = temporary(this.#store.root)
      const patience = { silence: this.#options.silence, signal }
      const record = await this.#record(key, patience)
      if (record === undefined) return { bytes: 0 }
      const wrong = misfit?.(record.action)
      if (wrong !== undefined) throw new WrongBytes(`its record does not fit this stage: ${wrong}`)
      const bytes = await this.#take(record, scratch, onBytes, patience)
      this.#known.add(key)
      this.#count({ pulled: 1, pulledBytes: bytes })
      const action = await this.#store.lookup(key)
      return { bytes, ...(action === undefined ? {} : { action }) }
    } catch (error) {
      if (signal?.aborted) return { bytes: 0 }
      const problem = this.#requests.explain(error, 'pull')
      return { bytes: 0, ...(problem === undefined ? {} : { problem }) }
    } finally {
      if (scratch !== '') rmSync(scratch, { recursive: true, force: true })
    }
  }

  /**
   * Pushes an action in the background, unless the remote has it, or a person vouches for it: others have not agreed to take that person's
   * word. `isNew`: it was made just now, so a record in the remote is older.
   */
  push(action: Action, isNew: boolean): void {
    const { key, vouched } = action
    if (vouched !== undefined || this.#isReadOnly || this.#pending.has(key) || (!isNew && this.#known.has(key))) return
    if (this.#requests.isOff('push')) {
      this.#count({ unpushed: 1 })
      return
    }
    const pushing = this.#push(action, isNew)
      .catch((error: unknown) => {
        this.#requests.explain(error, 'push')
        this.#count({ unpushed: 1 })
      })
      .finally(() => this.#pending.delete(key))
    this.#pending.set(key, pushing)
  }

  /** Waits until everything is pushed, or one of the signals is aborted. Every second, reports how many actions are left. */
  async settle(report: (left: number) => void, signals: readonly AbortSignal[]): Promise<void> {
    const isStopped = () => signals.some(({ aborted }) => aborted)
    let reported = 0
    while (this.#pending.size > 0 && !isStopped()) {
      const over = new AbortController()
      const pace = sleep(reportInterval, undefined, { signal: AbortSignal.any([over.signal, ...signals]) })
      await Promise.race([Promise.all(this.#pending.values()), pace.catch(() => {})])
      over.abort()
      const left = this.#pending.size
      if (left > 0 && left !== reported && !isStopped()) report(left)
      reported = left
    }
  }

  /** The counts of pulls and pushes since the last call. */
  takeTally(): RemoteTally {
    const tally = { ...this.#tally, unpushed: this.#tally.unpushed + this.#pending.size }
    this.#tally = nothing
    return tally
  }

  /** Ends what is under way. */
  close(): Promise<void> {
    return this.#requests.close()
  }

  async #record(key: Key, patience: Patience = this.#options): Promise<RemoteRecord | undefined> {
    const text = await this.#requests.send('pull', async (remote) => {
      const stream = await inTime(remote.get(recordName(key)), patience)
      return stream && receiveText(stream, largestRecord, patience)
    })
    if (text === undefined) return undefined
    const record = readRecord(text, key)
    if (record === undefined) throw new WrongBytes('its record is corrupt')
    return record
  }

  /** Fetches the files that the store lacks, and commits the action. Returns the bytes that were received. */
  async #take(
    { action, logs }: RemoteRecord,
    scratch: string,
    onBytes: (done: number, total: number) => void,
    patience: Patience,
  ): Promise<number> {
    const store = this.#store
    const outputs = Object.entries(action.outputs).filter(
      ([, { digest, files }]) => !hasFiles(store.objectFolder(digest), files),
    )
    const folders = Object.fromEntries(outputs.map(([name], index) => [name, join(scratch, `${index}`)]))
    const wanted = [
      ...outputs.flatMap(([name, { files }]) => files.map((file) => ({ file, folder: folders[name]! }))),
      ...logs.map((file) => ({ file, folder: join(scratch, 'logs') })),
    ]
    const total = wanted.reduce((sum, { file }) => sum + file.size, 0)
    let done = 0
    for (const folder of [...Object.values(folders), join(scratch, 'logs')]) mkdirSync(folder, { recursive: true })
    await inParallel(wanted, ({ file, folder }) =>
      this.#fetch(file, join(folder, file.path), patience, (bytes) => {
        done += bytes
        onBytes(done, total)
      }),
    )
    const texts = logs.map(({ path }) => [path, readFileSync(join(scratch, 'logs', path), 'utf8')] as const)
    await store.take(action, folders, Object.fromEntries(texts))
    return total
  }

  async #fetch(file: PayloadFile, path: string, patience: Patience, onBytes: (bytes: number) => void): Promise<void> {
    await this.#requests.send('pull', async (remote) => {
      rmSync(path, { force: true })
      let received = 0
      try {
        const stream = await inTime(remote.get(blobName(file.sha256)), patience)
        if (stream === undefined) throw new WrongBytes('it is not there')
        await receiveFile(stream, path, file, patience, (bytes) => {
          received += bytes
          onBytes(bytes)
        })
      } catch (error) {
        onBytes(-received)
        if (!(error instanceof WrongBytes)) throw error
        this.#wrong.add(file.sha256)
        throw new WrongBytes(`its file ${file.path} is not what it should be: ${error.message}`)
      }
    })
  }

  async #push(action: Action, isNew: boolean): Promise<void> {
    const { key } = action
    const there = isNew
      ? undefined
      : await this.#requests.send('push', (remote) => inTime(remote.size(recordName(key)), this.#options))
    if (there === undefined) {
      const logs = await this.#logsOf(key)
      const bytes = await Promise.all([
        ...Object.values(action.outputs).flatMap(({ digest, files }) =>
          files.map((file) => this.#send(file, join(this.#store.objectFolder(digest), file.path))),
        ),
        ...logs.map((file) => this.#send(file, join(this.#store.actionFolder(key), file.path))),
      ])
      const text = temporary(this.#store.root)
      try {
        writeFileSync(text, writeRecord({ action, logs }))
        await this.#requests.send('push', (remote) => remote.put(recordName(key), text))
      } finally {
        rmSync(text, { force: true })
      }
      this.#count({ pushed: 1, pushedBytes: bytes.reduce((sum, each) => sum + each, 0) })
    }
    this.#known.add(key)
  }

  /** Pushes a file that the remote lacks, and returns the bytes that were sent. A file that is being pushed for another action is not sent twice. */
  #send(file: PayloadFile, path: string): Promise<number> {
    const { sha256 } = file
    const under = this.#sending.get(sha256)
    if (under !== undefined) return under.then(() => 0)
    const sending = this.#sendNow(file, path).finally(() => this.#sending.delete(sha256))
    this.#sending.set(sha256, sending)
    return sending
  }

  #sendNow({ size, sha256 }: PayloadFile, path: string): Promise<number> {
    const name = blobName(sha256)
    return this.#requests.send('push', async (remote) => {
      if ((await inTime(remote.size(name), this.#options)) === size && !this.#wrong.has(sha256)) return 0
      // Collected meanwhile: not a failure of the remote.
      if (statOf(path)?.size !== size) throw new Error(`${path} is gone`)
      await remote.put(name, path)
      this.#wrong.delete(sha256)
      return size
    })
  }

  async #logsOf(key: Key): Promise<PayloadFile[]> {
    const folder = this.#store.actionFolder(key)
    const there = logNames.filter((path) => statOf(join(folder, path)) !== undefined)
    return Promise.all(there.map(async (path) => ({ path, ...(await hashFile(join(folder, path))) })))
  }

  #count(more: Partial<RemoteTally>): void {
    const sum = (name: keyof RemoteTally) => this.#tally[name] + (more[name] ?? 0)
    this.#tally = {
      pulled: sum('pulled'),
      pulledBytes: sum('pulledBytes'),
      pushed: sum('pushed'),
      pushedBytes: sum('pushedBytes'),
      unpushed: sum('unpushed'),
    }
  }
}

/** Does something for all items. Throws the first error once all have ended, so that what they write to can be removed. */
async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(items.map(act))
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
