/** Where the words of people lie: in the store, by the contents of the answers they are about, and never thrown away. */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from '../core/event.ts'
import { systemCode } from '../core/failure.ts'
import { identity, isAlive } from '../process/identity.ts'
import { removeLink } from './said.ts'

/** What a server that runs, or ran, left for the next: its port and token, so that open pages go on. */
export interface LastServer {
  /** Absent where it stopped by itself. */
  readonly process?: ProcessIdentity
  readonly port: number
  readonly token: string
  readonly address: string
  /** When the token was made, in milliseconds; absent for one of a version that wrote tokens into the log of the run. */
  readonly made?: number
}

/** How long a token may be taken again by a later server, in milliseconds: a page that is open goes on after a run was interrupted. */
const lifetime = 12 * 3_600_000

export class Place {
  readonly folder: string

  /** In the folder that the store keeps for people, for the answers of a digest. */
  constructor(people: string, answers: string) {
    this.folder = join(people, answers)
    removeLink(this.folder)
    mkdirSync(this.folder, { recursive: true })
  }

  get said(): string {
    return join(this.folder, 'said.jsonl')
  }

  /** The last server; nothing where there was none. */
  lastServer(): LastServer | undefined {
    try {
      return JSON.parse(readFileSync(this.#server, 'utf8')) as LastServer
    } catch {
      return undefined
    }
  }

  /** What a new server takes over: the port, and the token as long as nobody else can have seen it and it is not old. */
  again(now = Date.now()): { readonly port: number; readonly token?: string } | undefined {
    const last = this.lastServer()
    if (last === undefined) return undefined
    const { port, token, made = 0 } = last
    const isFresh = now - made < lifetime && made <= now
    return { port, ...(isFresh && this.#isPrivate() ? { token } : {}) }
  }

  #isPrivate(): boolean {
    const { mode, uid } = statSync(this.#server)
    return (mode & 0o077) === 0 && uid === (process.getuid?.() ?? uid)
  }

  get #server(): string {
    return join(this.folder, 'server.json')
  }

  /** A server of another process that runs now. */
  runningServer(): (LastServer & { readonly pid: number }) | undefined {
    const last = this.lastServer()
    const owner = last?.process
    return owner !== undefined && owner.pid !== process.pid && isAlive(owner) ? { ...last!, pid: owner.pid } : undefined
  }

  remember({ port, token, address }: Omit<LastServer, 'made'>): void {
    const last = this.lastServer()
    // One that was taken over is as old as it was.
    const made = last?.token === token ? (last.made ?? 0) : Date.now()
    this.#write({ process: identity(process.pid), port, token, address, made })
  }

  /** The server is gone; its port and token are kept for the next. */
  forget(): void {
    const last = this.lastServer()
    if (last?.process?.pid !== process.pid) return
    const { process: _, ...rest } = last
    try {
      this.#write(rest)
    } catch (error) {
      // On a full disk the next one has another address, and that is all.
      if (systemCode(error) === undefined) throw error
    }
  }

  #write(server: LastServer): void {
    // Made anew: the mode of a file that is there would stay as it is.
    rmSync(this.#server, { force: true })
    writeFileSync(this.#server, JSON.stringify(server), { mode: 0o600, flag: 'wx' })
  }
}

/** The address without its token, for logs that others can read. */
export function withoutToken(address: string): string {
  return address.replace(/\?.*$/s, '')
}

/** The whole address of a server of this user, by the part without its token; that part where it is not known. */
export function wholeAddress(people: string, address: string): string {
  try {
    for (const answers of readdirSync(people)) {
      const last = new Place(people, answers).lastServer()
      if (last?.process !== undefined && withoutToken(last.address) === withoutToken(address)) return last.address
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
  return address
}
