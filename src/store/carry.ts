/** Artefacts and their records from one store to another: each checked by its digest before it is taken. */

import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Key } from '../core/artefact.ts'
import { syncFolder, temporary } from './durable.ts'
import type { FolderStore } from './folder-store.ts'
import { openHistory } from './history.ts'
import { prepareStore } from './layout.ts'
import { damageOf } from './payload.ts'

export interface Carried {
  readonly actions: number
  readonly objects: number
  /** Records whose artefacts were not there, or not whole. */
  readonly refused: readonly Key[]
}

/** Copies the records of keys, with what they lead to; what the target has is left as it is. */
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
        cpSync(source, mine, { recursive: true })
        if ((await damageOf(mine, files)) !== undefined) {
          rmSync(mine, { recursive: true, force: true })
          return 'missing'
        }
        if (existsSync(place)) to.putAside(place, digest)
        mkdirSync(dirname(place), { recursive: true })
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
    cpSync(from.actionFolder(key), mine, { recursive: true })
    const place = to.actionFolder(key)
    rmSync(place, { recursive: true, force: true })
    mkdirSync(dirname(place), { recursive: true })
    renameSync(mine, place)
    openHistory(to.root).append(action)
    actions++
  }
  return { actions, objects, refused }
}
