/**
 * Publishes the diagnostics of open documents after each change. A document is compiled soon after an edit, and later the slower its last
 * compilation was, so that typing never waits for it. Warnings that need the disk follow when nothing is typed for a while.
 */

import type { Connection, Diagnostic as ProtocolDiagnostic } from 'vscode-languageserver'
import type { Diagnostic } from '../core/diagnostic.ts'
import { diagnosticsOf } from './features/diagnostics.ts'
import type { Workspace } from './workspace.ts'

/** The pause after an edit, in milliseconds, if compiling is fast. */
const shortPause = 5
/** Time in milliseconds that a compilation may take for every letter. One that takes longer waits for the rest of its time first. */
const fast = 60
/** The longest pause, in milliseconds. */
const longPause = 500
/** The code of the error for custom stages that could not be loaded. */
const describing = 'E0607'
/** The pause before warnings that need the disk, in milliseconds. */
const idlePause = 300

interface Pending {
  readonly timer: NodeJS.Timeout
}

export class Publisher {
  readonly #connection: Pick<Connection, 'sendDiagnostics' | 'console'>
  readonly #workspace: Workspace
  readonly #pending = new Map<string, Pending>()
  readonly #idle = new Map<string, NodeJS.Timeout>()
  /** How long the last compilation of each document took, in milliseconds. */
  readonly #took = new Map<string, number>()
  /** The diagnostics of each file by the program that they come from, both by path. */
  readonly #shown = new Map<string, Map<string, readonly ProtocolDiagnostic[]>>()
  #stop = new AbortController()

  constructor(connection: Pick<Connection, 'sendDiagnostics' | 'console'>, workspace: Workspace) {
    this.#connection = connection
    this.#workspace = workspace
  }

  /** Compiles a document soon, and every other open document that imports it. */
  changed(path: string): void {
    this.#schedule(path)
    for (const other of this.#workspace.openPaths)
      if (other !== path && this.#workspace.lastSnapshot(other)?.reads.has(path)) this.#schedule(other)
  }

  /** Compiles every open document soon. */
  changedAll(): void {
    for (const path of this.#workspace.openPaths) this.#schedule(path)
  }

  /** Removes what a closed document showed. */
  closed(path: string, uri: string): void {
    clearTimeout(this.#pending.get(path)?.timer)
    clearTimeout(this.#idle.get(path))
    this.#pending.delete(path)
    this.#idle.delete(path)
    this.#took.delete(path)
    for (const [file, byEntry] of this.#shown)
      if (byEntry.delete(path)) this.#send(file, file === path ? uri : undefined)
    // Open documents that import it see the file on the disk again.
    this.changed(path)
  }

  end(): void {
    this.#stop.abort()
    for (const { timer } of this.#pending.values()) clearTimeout(timer)
    for (const timer of this.#idle.values()) clearTimeout(timer)
  }

  #schedule(path: string): void {
    if (!this.#workspace.isOpen(path)) return
    clearTimeout(this.#pending.get(path)?.timer)
    clearTimeout(this.#idle.get(path))
    const took = this.#took.get(path) ?? 0
    const timer = setTimeout(
      () => this.#guarded(() => this.#publish(path)),
      Math.min(longPause, Math.max(shortPause, took - fast)),
    )
    this.#pending.set(path, { timer })
  }

  async #publish(path: string): Promise<void> {
    this.#pending.delete(path)
    if (!this.#workspace.isOpen(path)) return
    const begin = performance.now()
    const snapshot = this.#workspace.snapshot(path)
    // Custom stages that are being described are not errors; the program is compiled again when they are known.
    const unknown = this.#workspace.isDescribing(path) ? describing : ''
    this.#show(path, diagnosticsOf(this.#workspace, snapshot, [], unknown))
    this.#took.set(path, performance.now() - begin)
    if (await this.#workspace.settle(path, this.#stop.signal)) this.#schedule(path)
    else
      this.#idle.set(
        path,
        setTimeout(() => this.#guarded(() => this.#publishWarnings(path)), idlePause),
      )
  }

  /** Adds the warnings that need the disk, unless the program has changed meanwhile. */
  async #publishWarnings(path: string): Promise<void> {
    this.#idle.delete(path)
    const snapshot = this.#workspace.lastSnapshot(path)
    if (snapshot?.program === undefined) return
    let warnings: readonly Diagnostic[] = []
    try {
      warnings = await this.#workspace.services.warnings(snapshot.program, snapshot.sources)
    } catch (error) {
      this.#connection.console.warn(`The warnings of ${path} could not be found: ${String(error)}`)
    }
    if (warnings.length === 0 || this.#workspace.lastSnapshot(path) !== snapshot || this.#pending.has(path)) return
    this.#show(path, diagnosticsOf(this.#workspace, snapshot, warnings))
  }

  /** Shows the diagnostics of the program in `entry`, and removes those that it no longer has in other files. */
  #show(entry: string, byFile: ReadonlyMap<string, readonly ProtocolDiagnostic[]>): void {
    for (const [file, byEntry] of this.#shown)
      if (byEntry.has(entry) && !byFile.has(file)) {
        byEntry.delete(entry)
        this.#send(file)
      }
    for (const [file, diagnostics] of byFile) {
      const byEntry = this.#shown.get(file) ?? new Map<string, readonly ProtocolDiagnostic[]>()
      this.#shown.set(file, byEntry)
      const before = byEntry.get(entry)
      byEntry.set(entry, diagnostics)
      if (file === entry || JSON.stringify(before) !== JSON.stringify(diagnostics)) this.#send(file)
    }
  }

  #send(file: string, uri = this.#workspace.uri(file)): void {
    const byEntry = this.#shown.get(file)
    const seen = new Set<string>()
    const diagnostics = [...(byEntry?.values() ?? [])].flat().filter(({ range, code, message }) => {
      const key = JSON.stringify([range, code, message])
      return !seen.has(key) && seen.add(key)
    })
    if (byEntry?.size === 0) this.#shown.delete(file)
    const version = this.#workspace.isOpen(file) ? this.#workspace.document(file)?.version : undefined
    void this.#connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) })
  }

  #guarded(act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      if (this.#stop.signal.aborted) return
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#connection.console.error(`This is a bug of llmpipe, please report it: ${text}`)
    })
  }
}
