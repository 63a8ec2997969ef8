/** The records that the store has of a program as it is now, and the reasons why some are missing. */

import type { Plan, PlanNode } from '../../core/plan.ts'
import { lookUp, type StatusOptions } from '../../run/explain/status.ts'
import { nodesNamed, upTo } from '../../run/nodes/select.ts'
import { type Failure, failureFolder, readFailure } from '../../store/failures.ts'
import type { Action } from '../../store/store.ts'
import { Refusal } from '../terminal/refusal.ts'
import { addOptions, commandLine, type OpenedProgram, optionsThatFind } from './open-program.ts'

export interface Current {
  readonly node: PlanNode
  /** The record of the stage, if it has run. */
  readonly action?: Action
  /** The stage that has not run: the node itself, or the first of the stages that it needs. One that failed comes first. */
  readonly missing?: PlanNode
  /** How `missing` failed when it was last tried. */
  readonly failed?: { readonly failure: Failure; readonly folder: string }
}

/** Looks up the stage called `name`. Throws a Refusal if the program has no such stage, or several. */
export async function currentAction({ plan, store, folder }: OpenedProgram, name: string): Promise<Current> {
  const node = nodeOrRefusal(plan, name)
  const looked = await lookUp(upTo(plan, new Set([node.id])), { store, programDir: folder })
  const action = looked.get(node.id)?.action
  if (action !== undefined) return { node, action }
  const missing = [...looked.values()].filter((each) => each.action === undefined)
  for (const { node: other, keyed } of missing) {
    const failure = keyed === undefined ? undefined : readFailure(store.root, keyed.key)
    if (failure !== undefined && keyed !== undefined)
      return { node, missing: other, failed: { failure, folder: failureFolder(store.root, keyed.key) } }
  }
  return { node, ...(missing[0] && { missing: missing[0].node }) }
}

/**
 * Explains why the store has no record of a stage, and how to get one: an input failed, a past run made it with other options, or it
 * has not run.
 */
export async function whyMissing(opened: OpenedProgram, { node, missing = node, failed }: Current): Promise<Refusal> {
  const { jobOfStage, standingInWords } = await import('../jobs/standing-words.ts')
  const job = jobOfStage(opened.store.root, missing.name)
  if (job !== undefined)
    return new Refusal(
      `${node.name} ${missing === node ? 'is being made' : `needs ${missing.name}, which is being made`}: ${standingInWords(job)}`,
      'llmpipe attach shows it.',
    )
  if (failed !== undefined) {
    const reason = failed.failure.error.message
    return new Refusal(
      missing === node
        ? `${node.name} failed: ${reason}`
        : `${node.name} has not run: it needs ${missing.name}, which failed: ${reason}`,
      `Look at it: ${commandLine('show', opened, missing.name)}`,
    )
  }
  const others = await optionsThatFind(opened, async (plan) => {
    const [there] = nodesNamed(plan, node.id)
    return there !== undefined && (await currentAction({ ...opened, plan }, there.id)).action !== undefined
  })
  return new Refusal(
    `${node.name} ${missing === node ? 'has' : `needs ${missing.name}, which has`} not run with the program as it is`,
    others === undefined ? `Run it: ${commandLine('run', opened)}` : addOptions(others),
  )
}

/**
 * The records of all stages of a program, in the order of its stages, and the stages that have not run. `elsewhere` looks up a record
 * that the store does not have.
 */
export async function currentActions(
  { plan, store, folder }: OpenedProgram,
  elsewhere?: StatusOptions['elsewhere'],
): Promise<{ readonly actions: readonly Action[]; readonly missing: readonly PlanNode[] }> {
  const looked = await lookUp(plan, { store, programDir: folder, ...(elsewhere && { elsewhere }) })
  const all = [...looked.values()]
  return {
    actions: all.flatMap(({ action }) => action ?? []),
    missing: all.flatMap(({ node, action }) => (action === undefined ? [node] : [])),
  }
}

/** Stages that a note names; the others are counted. */
const maxNamed = 3

/** A line that names the stages which have not run, and the options that find them; empty if all stages have run. */
export async function missingNote(opened: OpenedProgram, missing: readonly PlanNode[]): Promise<string> {
  if (missing.length === 0) return ''
  const others = await optionsThatFind(opened, async (plan) => {
    const { missing: stillMissing } = await currentActions({ ...opened, plan })
    const ids = new Set(stillMissing.map(({ id }) => id))
    return missing.every(({ id }) => !ids.has(id))
  })
  const names = missing.slice(0, maxNamed).map(({ name }) => name)
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : ''
  const subject = `${names.join(', ')}${more} of ${opened.file} ${missing.length === 1 ? 'has' : 'have'}`
  return `${subject} not run with the program as it is\n${others === undefined ? '' : `  help: ${addOptions(others)}\n`}`
}

/** The only node called `name`. Throws a Refusal that lists the stages of the program, or the variants that `name` could mean. */
export function nodeOrRefusal(plan: Plan, name: string): PlanNode {
  const [node, ...more] = nodesNamed(plan, name)
  if (node !== undefined && more.length === 0) return node
  if (node !== undefined)
    throw new Refusal(
      `${name} is the name of ${more.length + 1} variants; name one of them`,
      `They are ${[node, ...more].map((each) => each.name).join(', ')}.`,
    )
  throw noStage(plan, name)
}

/** The refusal for a name that no stage of the program has. */
export function noStage(plan: Plan, name: string): Refusal {
  return new Refusal(
    `${plan.program} has no stage "${name}"`,
    `It has ${plan.nodes.map((each) => each.name).join(', ')}.`,
  )
}
