/** The key of a node whose inputs are known, and everything that went into it. */

import { basename } from 'node:path'
import type { Artefact, Key } from '../../core/artefact.ts'
import type { OutputRef, PlanNode } from '../../core/plan.ts'
import { mapValues } from '../../core/values/map-values.ts'
import { type HashedInput, inputFiles } from '../../store/inputs/input-files.ts'
import type { StatCache } from '../../store/inputs/stat-cache.ts'
import { keyOf, type Manifest, manifestOf } from '../../store/key/manifest.ts'
import type { Action, ActionOutput, Store } from '../../store/store.ts'

export interface Keyed extends Manifest {
  readonly key: Key
  readonly inputs: Readonly<Record<string, readonly Artefact[]>>
  readonly hashed: Readonly<Record<string, readonly HashedInput[]>>
  /** The names, sizes and SHA-256s of the files, for the record. */
  readonly files: Action['files']
  /** A sentence for each setting with files that cannot be read and are left out. */
  readonly warnings: readonly string[]
}

export interface KeyContext {
  readonly store: Store
  readonly programDir: string
  readonly cache: StatCache
}

/** Computes the key of a node. `output` returns the outputs of the nodes that it takes from. Rejected with a StageError if files of the node do not exist. */
export async function keyNode(
  node: PlanNode,
  output: (ref: OutputRef) => ActionOutput,
  { store, programDir, cache }: KeyContext,
): Promise<Keyed> {
  const { files: hashed, warnings } = await inputFiles(node, programDir, cache)
  const inputs = mapValues(node.inputs, (refs) => refs.map((ref) => store.artefact(output(ref))))
  const manifest = manifestOf(node, {
    inputs: mapValues(inputs, (artefacts) => artefacts.map(({ digest }) => digest)),
    // With its name, since kinds recognize formats by the ending; but without its folder.
    files: mapValues(hashed, (files) => files.map(({ name, sha256 }) => `${sha256} ${basename(name)}`)),
  })
  const read = mapValues(hashed, (list) =>
    list.map(({ name, size, sha256, source }) => ({
      name,
      size,
      sha256,
      ...(source === undefined ? {} : { etag: source.object.etag }),
    })),
  )
  // `use` is a keyword of the language, so no setting has that name.
  const files = node.code === undefined ? read : { ...read, use: node.code.sources }
  return { ...manifest, key: keyOf(manifest), inputs, hashed, files, warnings }
}
