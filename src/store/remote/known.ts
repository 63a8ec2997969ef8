/** Which records are known to be in a remote, so that a run with nothing to do asks it nothing. */

import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Key } from '../../core/artefact.ts'
import { isKey } from '../../core/shape.ts'
import { readStored } from '../damage.ts'
import { appendLine, keepIfPossible, makeFolder } from '../durable.ts'

/** So long that is believed, in milliseconds: what expired there is put there again. */
const BELIEF = 7 * 24 * 3_600_000

export interface Known {
  has(key: Key): boolean
  add(key: Key): void
}

/** What the store in `root` knows of the remote at an address. */
export function openKnown(root: string, address: string, now = Date.now): Known {
  const path = join(root, 'remote', createHash('sha256').update(address).digest('hex').slice(0, 16))
  let times: Map<Key, number> | undefined
  const read = () => {
    times ??= new Map(textOf(path).split('\n').flatMap(entry))
    return times
  }
  return {
    has(key) {
      const time = read().get(key)
      return time !== undefined && now() - time < BELIEF
    },
    add(key) {
      read().set(key, now())
      // What cannot be kept is asked for again.
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
    // Not readable: then nothing is known.
    return ''
  }
}

/** None for a line that was cut short. */
function entry(line: string): [Key, number][] {
  const [, key, time] = /^([0-9a-f]{64}) (\d+)$/.exec(line) ?? []
  return isKey(key) ? [[key, Number(time)]] : []
}
