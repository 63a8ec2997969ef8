/** The speed of earlier trainings of the same model with the same batches, as the store recorded it. */

import { join } from 'node:path'
import type { PlanNode } from '../../core/plan.ts'
import type { Json } from '../../core/values/json.ts'
import { isObject } from '../../core/values/shape.ts'
import { readStoredLines } from '../../store/damage.ts'
import type { FolderStore } from '../../store/folder-store.ts'

/** The settings that the speed of a step depends on. */
const paths = ['params.model.model', 'params.batch', 'params.context', 'params.engine', 'params.precision']

/** The median speed of an earlier training like `node`, in tokens per second; `undefined` if the store has none. */
export async function measuredSpeed(node: PlanNode, store: FolderStore): Promise<number | undefined> {
  const wanted = paths.map((path) => at(node.params, path.split('.').slice(1)))
  for (const { key, components } of await store.earlier(node)) {
    const known = new Map(components)
    if (!paths.every((path, index) => (known.get(path) ?? undefined) === wanted[index])) continue
    const speeds = speedsIn(join(store.actionFolder(key), 'metrics.jsonl'))
    if (speeds.length > 0) return speeds[speeds.length >> 1]
  }
  return undefined
}

function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  const [name, ...rest] = path
  if (name === undefined || value === null || typeof value !== 'object') return value
  return at((value as { readonly [name: string]: Json | undefined })[name], rest)
}

/** The measured speeds in a metrics file, in ascending order. */
function speedsIn(file: string): number[] {
  // The metrics of a record may be missing.
  const lines = readStoredLines(file, isObject) ?? []
  const speeds = lines.flatMap(({ tokensPerSecond }) => (typeof tokensPerSecond === 'number' ? [tokensPerSecond] : []))
  return speeds.sort((a, b) => a - b)
}
