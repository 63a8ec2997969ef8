/** A training in several processes of one machine: nobody outside of it can reach them, and nobody else on it meets them. */

import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { ownEngine } from './own-engine.ts'
import { childrenOf, trained } from './processes.ts'

afterEach(() => vi.unstubAllEnvs())

const canLook = process.env.LLMPIPE_PYTHON !== undefined && existsSync('/proc/net/tcp')

/** The addresses, in hexadecimal as the system has them, at which processes listen for connections. */
function listeningOf(pids: readonly number[]): string[] {
  const sockets = new Set(pids.flatMap((pid) => openFiles(pid)))
  return ['tcp', 'tcp6'].flatMap((table) => {
    const file = `/proc/net/${table}`
    const rows = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(1) : []
    const fields = rows.map((row) => row.trim().split(/\s+/))
    // State 0A is LISTEN.
    return fields
      .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(`socket:[${inode}]`))
      .map(([, local]) => local!.split(':')[0]!)
  })
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(`${folder}/${fd}`)]
    } catch {
      // Closed meanwhile.
      return []
    }
  })
}

/** The file at which a process meets the others. */
function meetingOf(pid: number): string | undefined {
  return /(?:^|\0)LLMPIPE_TORCH_FILE=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1]
}

it.skipIf(!canLook).each([
  ['ends', false],
  ['is killed', true],
])('listens on the loopback alone, meets in a folder of the user, and removes it when it %s', async (_, killed) => {
  let listening: readonly string[] = []
  let meeting = ''
  const look = (event: StageEvent) => {
    if (event.event !== 'metric' || event.step !== 3) return
    // Without ps, which looks for them.
    const workers = childrenOf(process.pid).filter((pid) => childrenOf(pid).length > 0)
    const followers = workers.flatMap(childrenOf)
    listening = listeningOf([...workers, ...followers])
    meeting = followers.map(meetingOf).find((file) => file !== undefined)!
    // Owner alone.
    expect(statSync(dirname(meeting)).mode & 0o077).toBe(0)
    expect(existsSync(meeting)).toBe(true)
    if (killed) for (const pid of workers) process.kill(pid, 'SIGKILL')
  }
  const { engine } = await ownEngine()
  const training = trained(2, { engine, emit: look, settings: { steps: killed ? 5_000 : 12 } })
  if (killed) await expect(training).rejects.toMatchObject({ code: 'killed' })
  else await training
  // Both processes wait for the other: 127.0.0.1 in the byte order of this machine.
  expect(listening.length).toBeGreaterThanOrEqual(2)
  expect(new Set(listening)).toEqual(new Set(['0100007F']))
  await vi.waitFor(() => expect(existsSync(dirname(meeting))).toBe(false), 10_000)
})
