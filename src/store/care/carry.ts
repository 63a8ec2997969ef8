/** Copies artefacts and their records from one store to another. Each artefact is checked by its digest before it is added. */

import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Key } from '../../core/artefact.ts'
import { StageError } from '../../core/failure.ts'
import { readStored } from '../damage.ts'
import { makeFolder, syncFolder, temporary } from '../durable.ts'
import type { FolderStore } from '../folder-store.ts'
import { openHistory } from '../key/history.ts'
import { prepareStore } from '../layout.ts'
import { damageOf, listFolder } from '../payload.ts'
import type { PayloadFile } from '../store.ts'

export interface Carried {
  readonly actions: number
  readonly objects: number
  /** The keys of records whose artefacts are missing or corrupt. */
  readonly refused: readonly Key[]
}

/** The logs that are kept beside a record. */
const logNames = ['metrics.jsonl', 'log.txt']

/** Copies an artefact. False if its files differ from the listed ones, or if something in it is not a file. */
async function copyWhole(from: string, to: string, files: readonly PayloadFile[]): Promise<boolean> {
  try {
    // Checked before, because copying a pipe would wait for it.
    if (listFolder(from).files.length !== files.length) return false
    cpSync(from, to, { recursive: true })
    return (await damageOf(to, files)) === undefined
  } catch (error) {
    if (error instanceof StageError) return false
    throw error
  }
}

/** Copies the records of keys with their artefacts. What the target has already is left as it is. */
export async function carry(from: FolderStore, to: FolderStore, keys: Iterable<Key>): Promise<Carried> {
  prepareStore(to.root)
  let actions = 0
  let objects = 0
  const refused: Key[] = []
  for (const key of keys) {
    const action = from.read(key)
    if (action === undefined) {
      refused.push(key)
      continue
    }
    const outputs = Object.values(action.outputs)
    const taken = await Promise.all(
      outputs.map(async ({ digest, files }) => {
        const place = to.objectFolder(digest)
        if (existsSync(place) && (await damageOf(place, files)) === undefined) return 'there'
        const source = from.objectFolder(digest)
        if (!existsSync(source)) return 'missing'
        const mine = temporary(to.root)
        if (!(await copyWhole(source, mine, files))) {
          rmSync(mine, { recursive: true, force: true })
          return 'missing'
        }
        if (existsSync(place)) to.putAside(place, digest)
        makeFolder(to.root, dirname(place))
        renameSync(mine, place)
        syncFolder(dirname(place))
        return 'copied'
      }),
    )
    if (taken.includes('missing')) {
      refused.push(key)
      continue
    }
    objects += taken.filter((each) => each === 'copied').length
    if ((await to.lookup(key)) !== undefined) continue
    const mine = temporary(to.root)
    mkdirSync(mine)
    // Only the files that belong to a record: the folder may come from anybody.
    for (const name of ['action.json', ...logNames]) {
      const text = readStored(join(from.actionFolder(key), name))
      if (typeof text === 'string') writeFileSync(join(mine, name), text)
    }
    const place = to.actionFolder(key)
    rmSync(place, { recursive: true, force: true })
    makeFolder(to.root, dirname(place))
    renameSync(mine, place)
    openHistory(to.root).append(action)
    actions++
  }
  return { actions, objects, refused }
}
