/**
 * Longer runs of a training continue from the state that a shorter run left. Both have the same lineage: the key without the settings that their
 * first steps do not depend on (`continues` of the node).
 *
 *     states/aa/<lineage>-<step>/checkpoints/…    put into the work folder, as if an attempt had been interrupted at that step
 *     states/aa/<lineage>-<step>/metrics.jsonl    what was measured up to that step
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../core/artefact.ts'
import type { PlanNode } from '../core/plan.ts'
import { namesIn } from '../store/care/inventory.ts'
import type { Claim } from '../store/claim.ts'
import { isMissing } from '../store/durable.ts'
import { keyOf, type Manifest } from '../store/key/manifest.ts'
import { linkOrCopy, Shelf } from '../store/shelf.ts'
import { logsOf, metricsUpTo } from './stage/logs.ts'
import type { StageWork } from './stage-work.ts'

/** The steps whose states are kept for a lineage, the highest first. */
function stepsOf(shelf: Shelf, lineage: Key): number[] {
  return namesIn(join(shelf.folder(lineage), '..'))
    .flatMap((name) => (name.startsWith(`${lineage}-`) ? [Number(name.slice(lineage.length + 1))] : []))
    .sort((a, b) => b - a)
}

function lineageOf({ continues }: Pick<PlanNode, 'continues'>, { components }: Pick<Manifest, 'components'>): Key {
  const left = components.filter(([path]) => !continues?.without.includes(path))
  return keyOf({ components: left })
}

/** The step of the kept state that a node would continue from. `undefined` if there is none, or if the node has a checkpoint of its own. */
export function stepToContinueFrom(
  root: string,
  key: Key,
  node: Pick<PlanNode, 'continues'>,
  manifest: Pick<Manifest, 'components'>,
): number | undefined {
  const { continues } = node
  if (continues === undefined || existsSync(join(root, 'work', key, 'step'))) return undefined
  return stepsOf(new Shelf(root, 'states'), lineageOf(node, manifest)).find((step) => step <= continues.until)
}

/** Puts the state to continue from where an attempt looks for its checkpoints. Returns the steps of states that are corrupt. */
export async function takeState({ key, node, draft, root, fresh }: StageWork, claim: Claim): Promise<number[]> {
  const damaged: number[] = []
  if (fresh || readdirSync(claim.checkpoints).length > 0) return damaged
  const shelf = new Shelf(root, 'states')
  for (;;) {
    const step = stepToContinueFrom(root, key, node, draft)
    if (step === undefined) return damaged
    const found = await shelf.find(nameOf(lineageOf(node, draft), step))
    if (found === undefined) {
      damaged.push(step)
      continue
    }
    try {
      const from = join(found.folder, 'checkpoints')
      writeFileSync(join(claim.work, 'metrics-0.jsonl'), readFileSync(join(found.folder, 'metrics.jsonl')))
      for (const name of readdirSync(from)) await linkOrCopy(join(from, name), join(claim.checkpoints, name))
      writeFileSync(join(claim.work, 'step'), `${step}`)
      return damaged
    } catch (error) {
      // A longer run that has just ended has replaced this state by its own.
      if (!isMissing(error)) throw error
    }
  }
}

/** Keeps the state that an attempt left for longer runs. It replaces those of fewer steps. */
export async function keepState({ node, draft, root }: StageWork, claim: Claim): Promise<void> {
  const left = join(claim.checkpoints, 'kept')
  if (node.continues === undefined || !existsSync(left)) return
  const { until } = node.continues
  const shelf = new Shelf(root, 'states')
  const lineage = lineageOf(node, draft)
  await shelf.keep(nameOf(lineage, until), async (folder) => {
    const checkpoints = join(folder, 'checkpoints')
    mkdirSync(checkpoints)
    for (const name of readdirSync(left)) await linkOrCopy(join(left, name), join(checkpoints, name))
    writeFileSync(join(folder, 'metrics.jsonl'), metricsUpTo(until, logsOf(claim)['metrics.jsonl']))
    return { step: until }
  })
  for (const step of stepsOf(shelf, lineage))
    if (step < until) rmSync(shelf.folder(nameOf(lineage, step)), { recursive: true, force: true })
}

const nameOf = (lineage: Key, step: number) => `${lineage}-${step}`
