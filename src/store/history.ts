/** Which node had which key and when: one line an action, appended. It is for explanations only, and may be lost. */

import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../core/artefact.ts'
import { isMissing, keepIfPossible } from './durable.ts'
import type { Action } from './store.ts'

export interface HistoryEntry {
  readonly key: Key
  readonly id: string
  readonly kind: string
  readonly time: number
}

export interface History {
  append(action: Action): void
  /** Oldest first. */
  entries(): HistoryEntry[]
}

export function openHistory(root: string): History {
  const path = join(root, 'history.jsonl')
  return {
    append({ key, node: { id, kind }, time }) {
      // One write of one short line in append mode: lines of several processes do not mix.
      keepIfPossible(() => appendFileSync(path, `${JSON.stringify({ key, id, kind, time })}\n`))
    },
    entries: () => {
      try {
        return readFileSync(path, 'utf8').split('\n').flatMap(entry)
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
  }
}

/** The entry of a line; none for one that was cut short. */
function entry(line: string): HistoryEntry[] {
  try {
    const { key, id, kind, time } = JSON.parse(line)
    return typeof key === 'string' ? [{ key, id, kind, time }] : []
  } catch {
    return []
  }
}
