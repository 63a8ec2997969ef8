/** A node whose inputs are known: its key, and all that went into it. */

import { basename } from 'node:path'
import type { Artefact, Key } from '../../core/artefact.ts'
import type { OutputRef, PlanNode } from '../../core/plan.ts'
import type { InputFile } from '../../core/stage.ts'
import { type HashedInput, inputFiles } from '../../store/inputs/input-files.ts'
import type { StatCache } from '../../store/inputs/stat-cache.ts'
import { keyOf, type Manifest, manifestOf } from '../../store/key/manifest.ts'
import type { Action, ActionOutput, Store } from '../../store/store.ts'

export interface Keyed extends Manifest {
  readonly key: Key
  readonly inputs: Readonly<Record<string, readonly Artefact[]>>
  readonly hashed: Readonly<Record<string, readonly HashedInput[]>>
  /** What is recorded of the files. */
  readonly files: Action['files']
  /** What of its files cannot be read and is left out, in words. */
  readonly warnings: readonly string[]
}

export interface Surroundings {
  readonly store: Store
  readonly programDir: string
  readonly cache: StatCache
}

/** Keys a node; `output` gives the outputs of the nodes before it. Throws a StageError where its files are not there. */
export async function keyNode(
  node: PlanNode,
  output: (ref: OutputRef) => ActionOutput,
  { store, programDir, cache }: Surroundings,
): Promise<Keyed> {
  const { files: hashed, warnings } = await inputFiles(node, programDir, cache)
  const inputs = mapValues(node.inputs, (refs) => refs.map((ref) => store.artefact(output(ref))))
  const manifest = manifestOf(node, {
    inputs: mapValues(inputs, (artefacts) => artefacts.map(({ digest }) => digest)),
    // With its name, since kinds tell formats by endings; but not with its folder.
    files: mapValues(hashed, (files) => files.map(({ name, sha256 }) => `${sha256} ${basename(name)}`)),
  })
  const read = mapValues(hashed, (list) => list.map(({ name, size, sha256 }) => ({ name, size, sha256 })))
  // \`use\` is a word of the language, and so no setting.
  const files = node.code === undefined ? read : { ...read, use: node.code.sources }
  return { ...manifest, key: keyOf(manifest), inputs, hashed, files, warnings }
}

/** The files as a stage is handed them. */
export function handed({ hashed }: Keyed): Record<string, readonly InputFile[]> {
  return mapValues(hashed, (files) => files.map(({ path, name, sha256 }) => ({ path, name, sha256 })))
}

export function mapValues<A, B>(object: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, f(value)]))
}
