/** How often each training would learn the tokens of its sources, as far as their numbers are known. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { isTooOften } from '../../core/kind/epochs.ts'
import { type Mixture, sharesOverall } from '../../core/kind/mixture.ts'
import type { Plan, PlanNode, PlanSpan } from '../../core/plan.ts'
import * as settings from '../../language/messages/settings.generated.ts'
import type { Estimate } from '../../plan/estimate.ts'
import { lookUp } from '../../run/explain/status.ts'
import { upTo } from '../../run/nodes/select.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { count, percent } from '../../view/format.ts'
import type { Line } from '../../view/line.ts'
import { table } from '../../view/table.ts'
import { row } from './cost-lines.ts'

/** A source of a training. */
export interface SourceOfTraining {
  readonly name: string
  /** Its part of all tokens that the training learns; `undefined` if that depends on tokens that are not encoded yet, as `learned` may. */
  readonly share: number | undefined
  /** The number of its tokens that the training learns, repetitions included. */
  readonly learned?: number
  /** The tokens that the rounding of epochs to whole steps may have added to `learned`. */
  readonly rounding: number
  /** The number of its tokens; `undefined` until it is encoded. */
  readonly tokens?: number
}

export interface EpochsOfTraining {
  readonly node: PlanNode
  /** Whether the program names the sources in a mixture. */
  readonly isMixture: boolean
  readonly sources: readonly SourceOfTraining[]
}

/** The role from which `pretrain` learns. */
const role = 'on'

/** Steps for shares of phases that begin at parts of the steps, if their number is not known. */
const manySteps = 1e9

/** The sources of the estimated trainings. `encoded`: the numbers of tokens of artefacts in the store (`tokensIn`). */
export function epochsOf(estimates: readonly Estimate[], encoded: ReadonlyMap<string, number>): EpochsOfTraining[] {
  const trainings = estimates.filter(({ node }) => (node.inputs[role] ?? []).length > 0)
  return trainings.map(({ node, steps: known, tokens: all }) => {
    const { params, inputs } = node
    const steps = known ?? manySteps
    const mixture = params[role] as unknown as Mixture | undefined
    const names = params[`$${role}`] as readonly string[] | undefined
    const shares = mixture === undefined ? [1] : sharesOverall(mixture, steps)
    // What part of the training lies behind a number of steps is not known without all of them.
    const hasShares = known !== undefined || (mixture?.phases ?? []).every(({ from }) => from < 1)
    const halfStep = params.epochs === undefined || all === undefined ? 0 : all / steps / 2
    const sources = (inputs[role] ?? []).map((ref, i): SourceOfTraining => {
      const there = encoded.get(ref.node)
      const share = shares[i] ?? 0
      const name = names?.[i] ?? ref.node
      const learned = all === undefined ? {} : { learned: share * all }
      const amounts = { share: hasShares ? share : undefined, ...learned, rounding: share * halfStep }
      return { name, ...amounts, ...(there === undefined ? {} : { tokens: there }) }
    })
    return { node, isMixture: mixture !== undefined, sources }
  })
}

/** The numbers of tokens of the artefacts that trainings learn from, by the node that makes them. */
export async function tokensIn(
  plan: Plan,
  store: FolderStore,
  programDir: string,
): Promise<ReadonlyMap<string, number>> {
  const encoders = new Set(
    plan.nodes.flatMap(({ id, outputs }) => (outputs.some(({ type }) => type.kind === 'Tokens') ? [id] : [])),
  )
  const learned = plan.nodes.flatMap(({ inputs }) => (inputs[role] ?? []).map((ref) => ref.node))
  const makers = new Set(learned.filter((id) => encoders.has(id)))
  const made = new Set<string>()
  // Looking up a key reads all input files, which is not worth it if no earlier run can have made the artefact.
  for (const node of plan.nodes)
    if (makers.has(node.id) && (await store.earlier(node, undefined, 1)).length > 0) made.add(node.id)
  if (made.size === 0) return new Map()
  const looked = await lookUp(upTo(plan, made), { store, programDir })
  return new Map(
    [...made].flatMap((id) => {
      const tokens = looked.get(id)?.action?.report.metrics?.tokens
      return tokens === undefined ? [] : [[id, tokens] as const]
    }),
  )
}

/** More passes over a source than this teach little: Muennighoff et al. 2023, "Scaling data-constrained language models". */
const usefulEpochs = 4

/** Errors for sources that a training would learn more often than `max_epochs`, and warnings for those of a mixture that repeat often. */
export function epochProblems(trainings: readonly EpochsOfTraining[], spanOf: (place: PlanSpan) => Span): Diagnostic[] {
  return trainings.flatMap(({ node, isMixture, sources }) => {
    const limit = node.hints.max_epochs
    const most = typeof limit === 'number' ? limit : usefulEpochs
    const often = sources.filter(
      ({ tokens, learned, rounding }) =>
        tokens !== undefined && learned !== undefined && isTooOften(most, { learned, tokens, rounding }),
    )
    if (often.length === 0 || (limit === undefined && !isMixture)) return []
    const list = often.map(({ name, learned = 0, tokens = 1 }) => `\`${name}\` ${times(learned / tokens)}`).join(', ')
    const words = { name: node.name, sources: list, most: `${most}` }
    if (limit === undefined)
      return [settings.manyEpochs(spanOf(node.settingSpans?.[`${role}.phases.0`] ?? node.span), words)]
    return [settings.tooManyEpochs(spanOf(node.settingSpans?.max_epochs ?? node.span), words)]
  })
}

/** Lines with the share and the epochs of each source. */
export function epochLines({ isMixture, sources }: EpochsOfTraining): Line[] {
  const rows = sources.map(({ name, share, learned, tokens }) => [
    ...(isMixture ? [name, share === undefined ? '' : percent(share)] : []),
    learned === undefined
      ? 'known once the tokens are encoded'
      : tokens === undefined
        ? `${count(Math.round(learned))} tokens; the epochs are known once they are encoded`
        : `${(learned / tokens).toFixed(2)} of ${count(tokens)} tokens`,
  ])
  const heads = (rows[0] ?? []).map((_, i) => ({
    title: '',
    ...(isMixture && i === 1 ? { align: 'right' as const } : {}),
  }))
  return table(heads, rows).map((line, i) => [...row(i === 0 ? 'epochs' : '', ''), ...line])
}

function times(epochs: number): string {
  return `${epochs.toFixed(epochs < 10 ? 2 : 0)} times`
}
