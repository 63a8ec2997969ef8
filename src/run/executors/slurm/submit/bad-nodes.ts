/**
 * The nodes that failed under the jobs of a stage: the next jobs of the stage avoid them. They lie in the store, where a runner that was started again
 * finds them, as empty files `jobs/bad-nodes/<key>/<node>`. They age, because nodes are repaired.
 */

import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../../../core/artefact.ts'
import { touchedAt } from '../../../../store/claim.ts'
import { isMissing, keepIfPossible, makeFolder } from '../../../../store/durable.ts'

/** The folder in `jobs/` that is not the folder of a job. */
export const badNodesFolder = 'bad-nodes'
/** How long a node is avoided, in milliseconds. */
const avoidedFor = 86_400_000
/** A host name of Slurm, or a list of them such as `n[1-3,7]`. */
const nodeNames = /^[\w.,[\]-]+$/

/** Remembers that a node failed under a stage. A name that cannot be one of Slurm is left out. */
export function addBadNode(root: string, key: Key, node: string): void {
  if (!nodeNames.test(node) || node.startsWith('.')) return
  keepIfPossible(() => writeFileSync(join(makeFolder(root, folderOf(root, key)), node), ''))
}

/** The nodes that failed under a stage within a day before `now`, which is in milliseconds since the epoch. */
export function badNodesOf(root: string, key: Key, now: number): string[] {
  const folder = folderOf(root, key)
  return namesIn(folder).filter((name) => now - (touchedAt(join(folder, name)) ?? 0) < avoidedFor)
}

/** Forgets the nodes that failed under a stage: it is done. */
export function forgetBadNodes(root: string, key: Key): void {
  keepIfPossible(() => rmSync(folderOf(root, key), { recursive: true, force: true }))
}

/** Removes what is too old to be avoided. */
export function removeOldBadNodes(root: string, now: number): void {
  for (const key of namesIn(join(root, 'jobs', badNodesFolder)))
    if (badNodesOf(root, key as Key, now).length === 0) forgetBadNodes(root, key as Key)
}

function folderOf(root: string, key: Key): string {
  return join(root, 'jobs', badNodesFolder, key)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
