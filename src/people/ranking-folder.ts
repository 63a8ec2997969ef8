/** The folder of human rankings in the store: one for each content of answers, and never removed. */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from '../core/event.ts'
import { systemCode } from '../core/failure.ts'
import { identity, isAlive } from '../process/identity.ts'
import { removeLink } from './judgement-log.ts'

/** The record of the server that runs, or ran last: the next one takes over its port and token, so that open pages keep working. */
export interface LastServer {
  /** Absent if the server stopped in an orderly way. */
  readonly process?: ProcessIdentity
  readonly port: number
  readonly token: string
  readonly address: string
  /** It stops serving as soon as a run is under way, which then serves the page itself. */
  readonly yields?: true
  /** When the token was made, in milliseconds; absent in records of a version that wrote tokens into the log of the run. */
  readonly made?: number
}

/** The time in which a later server may take over a token, in milliseconds: open pages then survive an interruption of the run. */
const lifetime = 12 * 3_600_000

export class RankingFolder {
  readonly path: string

  /** The folder in `people`, the store's folder of rankings, for the answers with the digest `answers`. Makes it if needed. */
  constructor(people: string, answers: string) {
    this.path = join(people, answers)
    removeLink(this.path)
    mkdirSync(this.path, { recursive: true })
  }

  /** The path of the judgement log. */
  get log(): string {
    return join(this.path, 'said.jsonl')
  }

  /** `undefined` if no server has run. */
  lastServer(): LastServer | undefined {
    try {
      return JSON.parse(readFileSync(this.#server, 'utf8')) as LastServer
    } catch {
      return undefined
    }
  }

  /** The port that a new server takes over; and the token, unless it is old or others can have read it. */
  takeOver(now = Date.now()): { readonly port: number; readonly token?: string } | undefined {
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
    return join(this.path, 'server.json')
  }

  /** The server that runs now in another process. */
  runningServer(): (LastServer & { readonly pid: number }) | undefined {
    const last = this.lastServer()
    const owner = last?.process
    return owner !== undefined && owner.pid !== process.pid && isAlive(owner) ? { ...last!, pid: owner.pid } : undefined
  }

  /** Records the server of this process. */
  remember({ port, token, address, yields }: Omit<LastServer, 'made'>): void {
    const last = this.lastServer()
    // A token that was taken over keeps its age.
    const made = last?.token === token ? (last.made ?? 0) : Date.now()
    this.#write({ process: identity(process.pid), port, token, address, made, ...(yields ? { yields } : {}) })
  }

  /** Records that the server of this process has stopped; its port and token are kept for the next. */
  forget(): void {
    const last = this.lastServer()
    if (last?.process?.pid !== process.pid) return
    const { process: _, yields: __, ...rest } = last
    try {
      this.#write(rest)
    } catch (error) {
      // On a full disk the next server has another address; nothing else is lost.
      if (systemCode(error) === undefined) throw error
    }
  }

  #write(server: LastServer): void {
    // Writing to an existing file would keep its mode.
    rmSync(this.#server, { force: true })
    writeFileSync(this.#server, JSON.stringify(server), { mode: 0o600, flag: 'wx' })
  }
}

/** `address` without its token, for logs that others can read. */
export function withoutToken(address: string): string {
  return address.replace(/\?.*$/s, '')
}

/** The address with its token of the server whose `address` lacks it; `address` itself if no server of this user is known by it. */
export function wholeAddress(people: string, address: string): string {
  try {
    for (const answers of readdirSync(people)) {
      const last = new RankingFolder(people, answers).lastServer()
      if (last?.process !== undefined && withoutToken(last.address) === withoutToken(address)) return last.address
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
  return address
}
