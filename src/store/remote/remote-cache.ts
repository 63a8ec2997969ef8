/**
 * A remote as a cache behind a store: what is not here is pulled, what was made here is pushed. Whatever goes wrong there costs what the
 * remote would have saved and nothing else: no failure of it is one of a run.
 *
 *     pull    record ─▶ its blobs, each verified while it comes ─▶ the store, which commits them as it does its own
 *     push    blobs that are not there ─▶ the record, last
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
import { type Known, openKnown } from './known.ts'
import { blobName, logNames, type RemoteRecord, readRecord, recordName, writeRecord } from './layout.ts'
import { type Limiter, limiter } from './limiter.ts'
import { receiveFile, receiveText, WrongBytes } from './receive.ts'
import { type Remote, RemoteError } from './remote.ts'
import { inTime, type Patience } from './silence.ts'

/** A record larger than this is none. */
const MOST_RECORD = 256 * 1024 ** 2
/** Files that come, and that go, at a time. */
const PULLS = 8
const PUSHES = 4
/** How often something is tried that may succeed the next time, and how long after the first time, in milliseconds. */
const TRIES = 3
const PAUSE = 300
/** How often it is told what is still to be pushed, in milliseconds. */
const SETTLE_PACE = 1_000
/** So many failures in a row, and the remote is left alone. */
const PATIENCE = 3

export interface RemoteCacheOptions {
  /** It is pulled from, and nothing is put there. */
  readonly readOnly: boolean
  /** How long it may be silent, in milliseconds. */
  readonly silence: number
}

export interface Pulling {
  /** Told of bytes that came; less than before where some have to come again. */
  onBytes?(done: number, total: number): void
  /** Aborted when it is not wanted any more. */
  readonly signal?: AbortSignal
  /** What is wrong with a record that agrees with itself, but is not the one that is wanted; `undefined` if nothing is. */
  misfit?(action: Action): string | undefined
}

export interface Pull {
  /** What was pulled, if it was; it is in the store now. */
  readonly action?: Action
  /** Bytes that came. */
  readonly bytes: number
  /** Why what is there was not taken. */
  readonly problem?: string
}

const nothing: RemoteTally = { pulled: 0, pulledBytes: 0, pushed: 0, pushedBytes: 0, unpushed: 0 }

export class RemoteCache {
  readonly address: string
  readonly #at: OpenableRemote
  readonly #store: FolderStore
  readonly #options: RemoteCacheOptions
  readonly #isReadOnly: boolean
  readonly #known: Known
  readonly #pulls: Limiter = limiter(PULLS)
  readonly #pushes: Limiter = limiter(PUSHES)
  #remote: Promise<Remote> | undefined
  /** What it is left alone with until this process ends. */
  readonly #left = { pull: false, push: false }
  #failuresInARow = 0
  /** Blobs that are there and are not what they should be: they are replaced, not taken for there. */
  readonly #wrong = new Set<string>()
  readonly #pending = new Map<Key, Promise<void>>()
  /** Blobs on their way there. */
  readonly #sending = new Map<string, Promise<number>>()
  #tally = nothing
  /** Told once when the remote is left alone. */
  onTrouble: (message: string) => void = () => {}

  constructor(at: OpenableRemote, store: FolderStore, options: RemoteCacheOptions) {
    this.address = at.address
    this.#at = at
    this.#store = store
    this.#options = options
    this.#isReadOnly = options.readOnly || store.isReadOnly
    this.#known = openKnown(store.root, at.address)
  }

  /** The record of a key, if the remote has it; its files are not looked at. */
  async peek(key: Key, misfit: NonNullable<Pulling['misfit']> = () => undefined): Promise<Action | undefined> {
    try {
      const action = this.#left.pull ? undefined : (await this.#record(key))?.action
      return action === undefined || misfit(action) !== undefined ? undefined : action
    } catch (error) {
      this.#explain(error, 'pull')
      return undefined
    }
  }

  /** Takes an action and all of its files into the store, if the remote has it whole. Never rejected. */
  async pull(key: Key, { onBytes = () => {}, signal, misfit }: Pulling = {}): Promise<Pull> {
    if (this.#left.pull || this.#store.isReadOnly) return { bytes: 0 }
    // A listener for each file that is waited for is no leak.
    if (signal !== undefined) setMaxListeners(0, signal)
    let scratch = ''
    try {
      scratch = temporary(this.#store.root)
      const patience = { silence: this.#options.silence, signal }
      const record = await this.#record(key, patience)
      if (record === undefined) return { bytes: 0 }
      const wrong = misfit?.(record.action)
      if (wrong !== undefined) throw new WrongBytes(`its record is not one of this stage: ${wrong}`)
      const bytes = await this.#take(record, scratch, onBytes, patience)
      this.#known.add(key)
      this.#count({ pulled: 1, pulledBytes: bytes })
      const action = await this.#store.lookup(key)
      return { bytes, ...(action === undefined ? {} : { action }) }
    } catch (error) {
      if (signal?.aborted) return { bytes: 0 }
      const problem = this.#explain(error, 'pull')
      return { bytes: 0, ...(problem === undefined ? {} : { problem }) }
    } finally {
      if (scratch !== '') rmSync(scratch, { recursive: true, force: true })
    }
  }

  /** Sees to it, beside the run, that the remote has an action. `isNew`: it was made just now, so what is there is older. */
  push(action: Action, isNew: boolean): void {
    const { key } = action
    if (this.#isReadOnly || this.#pending.has(key) || (!isNew && this.#known.has(key))) return
    if (this.#left.push) {
      this.#count({ unpushed: 1 })
      return
    }
    const pushing = this.#push(action, isNew)
      .catch((error: unknown) => {
        this.#explain(error, 'push')
        this.#count({ unpushed: 1 })
      })
      .finally(() => this.#pending.delete(key))
    this.#pending.set(key, pushing)
  }

  /** Waits until all is pushed, or one of the signals is aborted; tells how many actions are left, where it takes more than a second. */
  async settle(tell: (left: number) => void, signals: readonly AbortSignal[]): Promise<void> {
    const isStopped = () => signals.some(({ aborted }) => aborted)
    let told = 0
    while (this.#pending.size > 0 && !isStopped()) {
      const over = new AbortController()
      const pace = sleep(SETTLE_PACE, undefined, { signal: AbortSignal.any([over.signal, ...signals]) })
      await Promise.race([Promise.all(this.#pending.values()), pace.catch(() => {})])
      over.abort()
      const left = this.#pending.size
      if (left > 0 && left !== told && !isStopped()) tell(left)
      told = left
    }
  }

  /** What came and went since this was last asked. */
  takeTally(): RemoteTally {
    const tally = { ...this.#tally, unpushed: this.#tally.unpushed + this.#pending.size }
    this.#tally = nothing
    return tally
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#left.pull = true
    this.#left.push = true
    ;(await this.#remote?.catch(() => undefined))?.close()
  }

  async #record(key: Key, patience: Patience = this.#options): Promise<RemoteRecord | undefined> {
    const text = await this.#pulls(() =>
      this.#try('pull', async (remote) => {
        const stream = await inTime(remote.get(recordName(key)), patience)
        return stream && receiveText(stream, MOST_RECORD, patience)
      }),
    )
    if (text === undefined) return undefined
    const record = readRecord(text, key)
    if (record === undefined) throw new WrongBytes('its record is damaged')
    return record
  }

  /** Fetches what the store does not have, and commits. Gives the bytes that came. */
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
    await this.#pulls(() =>
      this.#try('pull', async (remote) => {
        rmSync(path, { force: true })
        let come = 0
        try {
          const stream = await inTime(remote.get(blobName(file.sha256)), patience)
          if (stream === undefined) throw new WrongBytes('it is not there')
          await receiveFile(stream, path, file, patience, (bytes) => {
            come += bytes
            onBytes(bytes)
          })
        } catch (error) {
          onBytes(-come)
          if (!(error instanceof WrongBytes)) throw error
          this.#wrong.add(file.sha256)
          throw new WrongBytes(`its file ${file.path} is not what it should be: ${error.message}`)
        }
      }),
    )
  }

  async #push(action: Action, isNew: boolean): Promise<void> {
    const { key } = action
    const there = isNew
      ? undefined
      : await this.#pushes(() => this.#try('push', (remote) => inTime(remote.size(recordName(key)), this.#options)))
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
        await this.#pushes(() => this.#try('push', (remote) => remote.put(recordName(key), text)))
      } finally {
        rmSync(text, { force: true })
      }
      this.#count({ pushed: 1, pushedBytes: bytes.reduce((sum, each) => sum + each, 0) })
    }
    this.#known.add(key)
  }

  /** Puts a file where it is not there yet; gives the bytes that went. One that is on its way for another action is not sent twice. */
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
    return this.#pushes(() =>
      this.#try('push', async (remote) => {
        if ((await inTime(remote.size(name), this.#options)) === size && !this.#wrong.has(sha256)) return 0
        // Collected meanwhile: no failure of the remote.
        if (statOf(path)?.size !== size) throw new Error(`${path} is gone`)
        await remote.put(name, path)
        this.#wrong.delete(sha256)
        return size
      }),
    )
  }

  async #logsOf(key: Key): Promise<PayloadFile[]> {
    const folder = this.#store.actionFolder(key)
    const there = logNames.filter((path) => statOf(join(folder, path)) !== undefined)
    return Promise.all(there.map(async (path) => ({ path, ...(await hashFile(join(folder, path))) })))
  }

  /** Asks the remote, a few times where that may help. */
  async #try<T>(way: 'pull' | 'push', act: (remote: Remote) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      if (this.#left[way]) throw new RemoteError('passing', 'the remote cache is left alone')
      try {
        this.#remote ??= this.#at.open({ silence: this.#options.silence })
        const done = await act(await this.#remote)
        this.#failuresInARow = 0
        return done
      } catch (error) {
        if (!(error instanceof RemoteError) || error.kind !== 'passing' || tried === TRIES) throw error
        await sleep(PAUSE * 2 ** (tried - 1))
      }
    }
  }

  /** What an error comes to: the remote may be left alone. Gives what is to be said of the stage. */
  #explain(error: unknown, way: 'pull' | 'push'): string | undefined {
    const { message } = error as Error
    if (!(error instanceof RemoteError)) return message
    // Said once, below.
    if (this.#left[way]) return undefined
    const isGone = error.kind === 'unreachable' || ++this.#failuresInARow >= PATIENCE
    if (!isGone && error.kind === 'passing') return message
    this.#left.push = true
    if (isGone || way === 'pull') this.#left.pull = true
    const what = this.#left.pull ? 'it is left alone' : 'nothing more is put there'
    this.onTrouble(`remote cache ${this.address}: ${message}; ${what}`)
    return undefined
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

/** All of them, or the first error once none is under way any more: then what they write to can be removed. */
async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(items.map(act))
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
