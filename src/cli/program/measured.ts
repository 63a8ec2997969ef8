/** How fast a training ran before: tokens a second, where the store knows a run of the same model with the same batches. */

import { join } from 'node:path'
import type { Json } from '../../core/json.ts'
import type { PlanNode } from '../../core/plan.ts'
import { isObject } from '../../core/shape.ts'
import { readStoredLines } from '../../store/damage.ts'
import type { FolderStore } from '../../store/folder-store.ts'

/** What the speed of a step depends on. */
const paths = ['params.model.model', 'params.batch', 'params.context', 'params.engine']

/** Nothing where no such run is known. */
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

/** Sorted. */
function speedsIn(file: string): number[] {
  // Logs beside a record may be lost.
  const lines = readStoredLines(file, isObject) ?? []
  const speeds = lines.flatMap(({ tokensPerSecond }) => (typeof tokensPerSecond === 'number' ? [tokensPerSecond] : []))
  return speeds.sort((a, b) => a - b)
}
