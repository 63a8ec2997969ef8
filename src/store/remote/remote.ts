/**
 * A remote: files by name in a place that several machines share. It promises little: what is put is there whole or not at all, and may
 * be lost, late or damaged at any time. What it holds, and how it is checked, is `layout.ts`; what is done when it fails, `remote-cache.ts`.
 */

import type { Readable } from 'node:stream'

export interface Remote {
  /** As people gave it. */
  readonly address: string
  /** The bytes under a name; nothing where there are none. */
  get(name: string): Promise<Readable | undefined>
  /** How many bytes are under a name; nothing where there are none. */
  size(name: string): Promise<number | undefined>
  /** Puts a file under a name, whole or not at all, in the place of what was there. */
  put(name: string, file: string): Promise<void>
  /** Ends what is under way, and lets go of connections. */
  close(): void
}

/** What a remote is opened with. */
export interface RemoteOptions {
  /** How long it may be silent, in milliseconds, before it is given up on. */
  readonly silence: number
}

/**
 * Why a remote did not do what it was asked.
 * `unreachable`: nothing can be got from it at the moment. `denied`: this must not be done there. `passing`: the next try may succeed.
 */
export class RemoteError extends Error {
  readonly kind: 'unreachable' | 'denied' | 'passing'

  constructor(kind: RemoteError['kind'], message: string) {
    super(message)
    this.name = 'RemoteError'
    this.kind = kind
  }
}
