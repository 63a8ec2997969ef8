/** Where the words of people lie: in the store, by the contents of the answers they are about, and never thrown away. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identity, isAlive, type ProcessIdentity } from '../core/process.ts'

/** What a server that runs, or ran, left for the next: its port and token, so that open pages go on. */
export interface LastServer {
  /** Absent where it stopped by itself. */
  readonly process?: ProcessIdentity
  readonly port: number
  readonly token: string
  readonly address: string
}

export class Place {
  readonly folder: string

  /** In the folder that the store keeps for people, for the answers of a digest. */
  constructor(people: string, answers: string) {
    this.folder = join(people, answers)
    mkdirSync(this.folder, { recursive: true })
  }

  get said(): string {
    return join(this.folder, 'said.jsonl')
  }

  /** The last server; nothing where there was none. */
  lastServer(): LastServer | undefined {
    try {
      return JSON.parse(readFileSync(join(this.folder, 'server.json'), 'utf8')) as LastServer
    } catch {
      return undefined
    }
  }

  /** A server of another process that runs now. */
  runningServer(): (LastServer & { readonly pid: number }) | undefined {
    const last = this.lastServer()
    const owner = last?.process
    return owner !== undefined && owner.pid !== process.pid && isAlive(owner) ? { ...last!, pid: owner.pid } : undefined
  }

  remember(server: LastServer): void {
    const { port, token, address } = server
    const mine: LastServer = { process: identity(process.pid), port, token, address }
    writeFileSync(join(this.folder, 'server.json'), JSON.stringify(mine), { mode: 0o600 })
  }

  /** The server is gone; its port and token are kept for the next. */
  forget(): void {
    const last = this.lastServer()
    if (last?.process?.pid !== process.pid) return
    const { process: _, ...rest } = last
    rmSync(join(this.folder, 'server.json'), { force: true })
    writeFileSync(join(this.folder, 'server.json'), JSON.stringify(rest), { mode: 0o600 })
  }
}
