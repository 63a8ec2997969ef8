/** The provenance of an export: every stage behind it, with its settings, its inputs by digest, its counts and its metrics. */

import type { Ledger } from '../../core/ledger.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import type { Json } from '../../core/values/json.ts'
import type { Action, Vouched } from '../../store/store.ts'
import { upTo } from '../nodes/select.ts'

export interface StageProvenance {
  readonly name: string
  readonly kind: string
  readonly key: string
  /** Everything that the key was computed from, by dotted path. */
  readonly components: Readonly<Record<string, Json>>
  /** Input files, by setting. */
  readonly files: Action['files']
  /** The digests of the outputs. */
  readonly outputs: Readonly<Record<string, string>>
  readonly metrics?: Readonly<Record<string, number>>
  /** Documents and bytes in and out, and what was left out, without the samples. */
  readonly ledger?: LedgerTotals
  readonly engine?: string
  readonly seconds: number
  readonly run: string
  /** When it was made, ISO 8601. */
  readonly made: string
  /** Present if a person vouches for the result. */
  readonly vouched?: Vouched
}

interface LedgerTotals extends Pick<Ledger, 'in' | 'out'> {
  readonly dropped: Readonly<Record<string, number>>
  readonly malformed: number
}

export interface Provenance {
  readonly version: 1
  /** The version of llmpipe that exported. */
  readonly llmpipe: string
  readonly program: string
  /** The stage whose result was exported, and the layout. */
  readonly stage: string
  readonly layout: string
  /** The stages behind the export, each after its inputs. */
  readonly stages: readonly StageProvenance[]
}

/** The provenance of an export. `actions` has the records of all nodes before it. */
export function provenanceOf(
  node: PlanNode,
  plan: Plan,
  actions: ReadonlyMap<string, Action>,
  llmpipe: string,
): Provenance {
  const [of] = node.inputs.of ?? []
  const stages = upTo(plan, new Set([node.id])).nodes.flatMap((each): StageProvenance[] => {
    const action = actions.get(each.id)
    return action === undefined || each.id === node.id ? [] : [stageProvenance(each, action)]
  })
  const source = plan.nodes.find(({ id }) => id === of?.node)
  return {
    ...{ version: 1, llmpipe, program: plan.program, stage: source?.name ?? node.name },
    ...{ layout: String(node.params.as ?? 'files'), stages },
  }
}

function stageProvenance({ name, kind }: PlanNode, action: Action): StageProvenance {
  const { key, components, files, outputs, report, seconds, run, time, vouched } = action
  return {
    ...{ name, kind, key },
    components: Object.fromEntries(components),
    files,
    outputs: Object.fromEntries(Object.entries(outputs).map(([output, { digest }]) => [output, digest])),
    ...(report.metrics && { metrics: report.metrics }),
    ...(report.ledger && { ledger: totalsOf(report.ledger) }),
    ...(report.engine && { engine: report.engine }),
    ...{ seconds, run, made: new Date(time).toISOString() },
    ...(vouched && { vouched }),
  }
}

function totalsOf(ledger: Ledger): LedgerTotals {
  const dropped = Object.fromEntries(ledger.dropped.map(({ rule, documents }) => [rule, documents]))
  return { in: ledger.in, out: ledger.out, dropped, malformed: ledger.malformed.count }
}
