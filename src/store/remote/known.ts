/** Remembers which records are in a remote, so that a run in which everything is cached does not contact it. */

import { dirname, join } from 'node:path'
import type { Key } from '../../core/artefact.ts'
import { sha256 } from '../../core/values/sha256.ts'
import { isKey } from '../../core/values/shape.ts'
import { readStored } from '../damage.ts'
import { appendLine, keepIfPossible, makeFolder } from '../durable.ts'

/** How long a record is assumed to stay in the remote, in milliseconds. After that, it is pushed again if it has expired there. */
const belief = 7 * 24 * 3_600_000

export interface KnownRecords {
  has(key: Key): boolean
  add(key: Key): void
}

/** The records that the store in `root` knows to be in the remote at an address. */
export function openKnown(root: string, address: string, now = Date.now): KnownRecords {
  const path = join(root, 'remote', sha256(address).slice(0, 16))
  let times: Map<Key, number> | undefined
  const read = () => {
    times ??= new Map(textOf(path).split('\n').flatMap(entry))
    return times
  }
  return {
    has(key) {
      const time = read().get(key)
      return time !== undefined && now() - time < belief
    },
    add(key) {
      read().set(key, now())
      // If this cannot be written, the remote is asked again.
      keepIfPossible(() => {
        makeFolder(root, dirname(path))
        appendLine(path, `${key} ${now()}`)
      })
    },
  }
}

function textOf(path: string): string {
  try {
    const text = readStored(path)
    return typeof text === 'string' ? text : ''
  } catch {
    // Not readable: no record is known.
    return ''
  }
}

/** Parses a line. Empty for a line that is cut short. */
function entry(line: string): [Key, number][] {
  const [, key, time] = /^([0-9a-f]{64}) (\d+)$/.exec(line) ?? []
  return isKey(key) ? [[key, Number(time)]] : []
}
