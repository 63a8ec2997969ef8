/** The history of a store: which node had which key and when, one line an action. It is used only for explanations, and may be lost. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../core/artefact.ts'
import { isNumber, isText, optional, type Shape, shape } from '../../core/values/shape.ts'
import { linesOf, reportDamage } from '../damage.ts'
import { appendLine, isMissing, keepIfPossible } from '../durable.ts'
import type { Action } from '../store.ts'

export interface HistoryEntry {
  readonly key: Key
  readonly id: string
  readonly kind: string
  readonly time: number
  /** Absent in entries of earlier versions. */
  readonly program?: string
}

/** Every method reads what was appended to the file since the last call, by this process or another. Entries are in the order of time. */
export interface History {
  append(action: Action): void
  entries(): HistoryEntry[]
  /** The entries of nodes of a kind. */
  ofKind(kind: string): readonly HistoryEntry[]
  /** The entries of a node. */
  ofNode(node: { readonly id: string; readonly kind: string }): readonly HistoryEntry[]
}

export function openHistory(root: string): History {
  const path = join(root, 'history.jsonl')
  let known = nothing(0)

  function readOn(): Known {
    let file: number
    try {
      file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch (error) {
      if (!isMissing(error)) throw error
      known = nothing(0)
      return known
    }
    try {
      const stat = fstatSync(file)
      if (!stat.isFile()) {
        reportDamage(`${path} is corrupt: no stage is compared with an earlier run`)
        return known
      }
      const { size, ino } = stat
      if (ino !== known.inode || size < known.read) known = nothing(ino)
      if (size === known.read) return known
      const bytes = Buffer.alloc(size - known.read)
      const length = readSync(file, bytes, 0, bytes.length, known.read)
      // A line that is being written is read the next time.
      const whole = bytes.subarray(0, length).lastIndexOf('\n') + 1
      known.read += whole
      for (const entry of linesOf(bytes.toString('utf8', 0, whole), isEntry, path)) add(known, entry)
      return known
    } finally {
      closeSync(file)
    }
  }

  return {
    append({ key, node: { id, kind, program }, time }) {
      keepIfPossible(() => appendLine(path, JSON.stringify({ key, id, kind, time, program })))
    },
    entries: () => [...readOn().all],
    ofKind: (kind) => readOn().byKind.get(kind) ?? [],
    ofNode: ({ kind, id }) => readOn().byNode.get(`${kind}\n${id}`) ?? [],
  }
}

/** The entries that were read so far from the file with this inode. */
interface Known {
  readonly inode: number
  /** The bytes that were read. */
  read: number
  readonly all: HistoryEntry[]
  readonly byKind: Map<string, HistoryEntry[]>
  readonly byNode: Map<string, HistoryEntry[]>
}

function nothing(inode: number): Known {
  return { inode, read: 0, all: [], byKind: new Map(), byNode: new Map() }
}

/** A key in the history becomes part of a path. */
const isName: Shape<Key> = (value): value is Key => isText(value) && /^[0-9a-z]{1,64}$/.test(value)

const isEntry = shape<HistoryEntry>({
  key: isName,
  id: isText,
  kind: isText,
  time: isNumber,
  program: optional(isText),
})

function add({ all, byKind, byNode }: Known, entry: HistoryEntry): void {
  all.push(entry)
  listIn(byKind, entry.kind).push(entry)
  listIn(byNode, `${entry.kind}\n${entry.id}`).push(entry)
}

function listIn(map: Map<string, HistoryEntry[]>, name: string): HistoryEntry[] {
  const list = map.get(name) ?? []
  map.set(name, list)
  return list
}
