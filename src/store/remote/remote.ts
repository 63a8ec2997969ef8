/**
 * A remote stores files by name in a place that several machines share. It promises little: a file is there as a whole or not at all, and may be lost,
 * late or corrupt at any time. `layout.ts` defines its contents and how they are checked, `remote-cache.ts` what happens when it fails.
 */

import type { Readable } from 'node:stream'

export interface Remote {
  /** The address as the user gave it. */
  readonly address: string
  /** The bytes of a file; `undefined` if there is no such file. */
  get(name: string): Promise<Readable | undefined>
  /** The size of a file in bytes; `undefined` if there is no such file. */
  size(name: string): Promise<number | undefined>
  /** Stores a file under a name, as a whole or not at all. It replaces the former file of that name. */
  put(name: string, file: string): Promise<void>
  /** Cancels what is in progress, and closes connections. */
  close(): void
}

/** The options with which a remote is opened. */
export interface RemoteOptions {
  /** How long the remote may be silent before a request is given up, in milliseconds. */
  readonly silence: number
}

/**
 * Why a request to a remote failed. `unreachable`: the remote cannot be used at the moment. `denied`: the request is not allowed. `passing`: the next
 * try may succeed.
 */
export class RemoteError extends Error {
  readonly kind: 'unreachable' | 'denied' | 'passing'

  constructor(kind: RemoteError['kind'], message: string) {
    super(message)
    this.name = 'RemoteError'
    this.kind = kind
  }
}
