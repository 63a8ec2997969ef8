/**
 * The manifest lists everything that can change the output of a stage as components, collected in one traversal. The key is the hash of the list,
 * and an explanation is the difference of two lists, so the two cannot drift apart.
 */

import type { Digest, Key } from '../../core/artefact.ts'
import type { PlanNode } from '../../core/plan.ts'
import { canonical, type Json } from '../../core/values/json.ts'
import { sha256 } from '../../core/values/sha256.ts'

/** A dotted path (`params.optimizer.lr`, `inputs.on`, `steps.2.kind`) and the value there: a scalar, a list of scalars, or `{}`. */
export type Component = readonly [path: string, value: Json]

export interface Manifest {
  readonly components: readonly Component[]
  /** The `$…` fields: labels for people, which are not in the key. */
  readonly words: readonly Component[]
}

/** The digests of a node's inputs, and those of its files with their names. */
export interface InputDigests {
  readonly inputs: Readonly<Record<string, readonly Digest[]>>
  readonly files: Readonly<Record<string, readonly string[]>>
}

/** The manifest of a node, once its inputs are known. */
export function manifestOf(
  node: Pick<PlanNode, 'kind' | 'version' | 'code' | 'params' | 'packages'>,
  digests: InputDigests,
): Manifest {
  const manifest = { components: [] as Component[], words: [] as Component[] }
  const { kind, version, params, packages } = node
  const code = node.code?.digest
  flatten(
    '',
    { kind, version, code, params, inputs: digests.inputs, files: digests.files, $packages: packages },
    manifest,
  )
  const byPath = (a: Component, b: Component) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)
  manifest.components.sort(byPath)
  manifest.words.sort(byPath)
  return manifest
}

/** The key of a manifest. Two keys are equal exactly if the components are. */
export function keyOf({ components }: Pick<Manifest, 'components'>): Key {
  return sha256(canonical(components)) as Key
}

/** Adds the components of a value to `to`. Without `to.words`, the value is itself a label, and all its fields are added. */
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

/** A name as a segment of a path. It is quoted if it could be an index or two names, so that different values never have the same path. */
function segment(name: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? name : JSON.stringify(name)
}
