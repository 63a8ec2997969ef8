/**
 * The manifest: all that can change a stage's output, as a list of components, made by one traversal. The key is the hash of
 * that list and an explanation is the difference of two, so that they cannot drift apart.
 */

import type { Digest, Key } from '../../core/artefact.ts'
import { canonical, type Json } from '../../core/json.ts'
import type { PlanNode } from '../../core/plan.ts'
import { sha256 } from '../../core/sha256.ts'

/** A dotted path (`params.optimizer.lr`, `inputs.on`, `steps.2.kind`) and the value there: a scalar, a list of scalars, or `{}`. */
export type Component = readonly [path: string, value: Json]

export interface Manifest {
  readonly components: readonly Component[]
  /** The `$…` fields on the way: words for people that are not in the key. */
  readonly words: readonly Component[]
}

/** The digests that a node's inputs turned out to have, and those of its files with their names. */
export interface InputDigests {
  readonly inputs: Readonly<Record<string, readonly Digest[]>>
  readonly files: Readonly<Record<string, readonly string[]>>
}

/** The manifest of a node, once its inputs are known. */
export function manifestOf(
  node: Pick<PlanNode, 'kind' | 'version' | 'code' | 'params'>,
  digests: InputDigests,
): Manifest {
  const manifest = { components: [] as Component[], words: [] as Component[] }
  const { kind, version, params } = node
  const code = node.code?.digest
  flatten('', { kind, version, code, params, inputs: digests.inputs, files: digests.files }, manifest)
  const byPath = (a: Component, b: Component) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)
  manifest.components.sort(byPath)
  manifest.words.sort(byPath)
  return manifest
}

/** The key of a manifest: two are equal exactly if their components are. */
export function keyOf({ components }: Pick<Manifest, 'components'>): Key {
  return sha256(canonical(components)) as Key
}

/** `to.words` undefined: already among the words, where everything counts. */
function flatten(
  path: string,
  value: Json,
  to: { readonly components: Component[]; readonly words?: Component[] },
): void {
  if (Array.isArray(value) && !value.every(isScalar)) {
    value.forEach((item, index) => {
      flatten(join(path, `${index}`), item, to)
    })
  } else if (isScalar(value) || Array.isArray(value)) to.components.push([path, value])
  else {
    let empty = true
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue
      if (to.words && name.startsWith('$')) flatten(join(path, segment(name)), member, { components: to.words })
      else {
        empty = false
        flatten(join(path, segment(name)), member, to)
      }
    }
    if (empty) to.components.push([path, {}])
  }
}

function isScalar(value: Json): value is null | boolean | number | string {
  return value === null || typeof value !== 'object'
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** Quoted where it could be taken for an index or for two names: different values never have the same paths. */
function segment(name: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? name : JSON.stringify(name)
}
