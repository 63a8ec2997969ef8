/** Verifies the artefacts of a store. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../core/artefact.ts'
import type { FolderStore } from '../folder-store.ts'
import { hashFile } from '../inputs/hash-file.ts'
import { damageOf, digestOf, listFolder } from '../payload.ts'
import type { Inventory } from './inventory.ts'

export interface Damage {
  readonly digest: Digest
  /** The first corrupt file. */
  readonly file: string
  /** The stages that made it. */
  readonly stages: readonly string[]
}

/** Reads every byte of every artefact. A corrupt artefact is moved aside, so that it is a miss from now on. */
export async function verify(
  store: FolderStore,
  { objects, actions }: Inventory,
  onObject: (done: number) => void = () => {},
): Promise<Damage[]> {
  const found: Damage[] = []
  let done = 0
  for (const { digest, actions: keys } of objects.values()) {
    const folder = store.objectFolder(digest)
    const makers = keys.map((key) => actions.get(key)!)
    const listed = makers.flatMap(({ outputs }) => Object.values(outputs)).find((output) => output.digest === digest)
    const file = listed === undefined ? await strayDamage(folder, digest) : await damageOf(folder, listed.files)
    if (file !== undefined) {
      store.putAside(folder, digest)
      found.push({ digest, file, stages: [...new Set(makers.map(({ node }) => node.name))] })
    }
    onObject(++done)
  }
  return found
}

/** The first file of a corrupt artefact that no record leads to; `undefined` if its files give its digest. */
async function strayDamage(folder: string, digest: Digest): Promise<string | undefined> {
  const files = await Promise.all(
    listFolder(folder).files.map(async (path) => {
      const { sha256, size } = await hashFile(join(folder, path))
      return { path, size, sha256 }
    }),
  )
  return digestOf(files) === digest ? undefined : (readdirSync(folder)[0] ?? 'all of it')
}
