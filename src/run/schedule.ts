/**
 * The states of the nodes of a plan, and how they follow from one another. Nothing here runs or reads anything: a transition changes states and
 * returns what follows from it, which the caller carries out.
 *
 *     waiting ──▶ looking ──▶ ready ──▶ busy ──▶ running ──▶ busy ──▶ done | failed | interrupted
 *        │           │          ▲        │                    │
 *        │           │          └────────┴────────────────────┘  held by another run, or to be tried again
 *        ▼           ▼
 *     skipped    done (cached) | failed
 */

import type { Plan, PlanNode } from '../core/plan.ts'
import { after, dependents, without } from './nodes/graph.ts'

export type NodeState<Candidate, Outputs> =
  /** `missing` of the nodes that it takes from have no outcome yet. */
  | { readonly type: 'waiting'; readonly missing: number }
  /** Every node that it takes from is done, or it goes without that node: its key is computed and looked up. */
  | { readonly type: 'looking' }
  /** It is not cached: it starts as soon as there is room. */
  | { readonly type: 'ready'; readonly candidate: Candidate }
  /** Its claim is taken or waited for, its outcome recorded, or its next attempt awaited. */
  | { readonly type: 'busy'; readonly candidate: Candidate }
  /** Its stage is in progress. */
  | { readonly type: 'running'; readonly candidate: Candidate }
  /** It ran or was cached: its outputs are in the store. */
  | { readonly type: 'done'; readonly outputs: Outputs }
  /** `isLost`: nodes that can go without it do. */
  | { readonly type: 'failed'; readonly isLost: boolean }
  /** It does not run. `isLost`: because it needs a node that is lost. */
  | { readonly type: 'skipped'; readonly isLost: boolean }
  /** It was stopped before it was done. */
  | { readonly type: 'interrupted' }

type StateName = NodeState<unknown, unknown>['type']

/** The states that may follow each state. */
const successors: { readonly [S in StateName]: readonly StateName[] } = {
  waiting: ['waiting', 'looking', 'skipped'],
  looking: ['looking', 'ready', 'done', 'failed', 'skipped'],
  ready: ['busy', 'running', 'failed', 'skipped'],
  busy: ['busy', 'looking', 'ready', 'running', 'done', 'failed', 'interrupted', 'skipped'],
  running: ['busy', 'interrupted'],
  done: [],
  failed: [],
  skipped: [],
  interrupted: [],
}

/** Whether a state is final. */
export function isOver({ type }: { readonly type: StateName }): boolean {
  return successors[type].length === 0
}

/** A consequence of a transition. Consequences are carried out in the order in which they are returned. */
export type Consequence =
  /** The node is `looking` now. */
  | { readonly type: 'look-up'; readonly id: string }
  /** The node is `skipped` now, because the node of the name `because` did not get done. */
  | { readonly type: 'skip'; readonly id: string; readonly because: string }
  /** The node goes without its inputs from the node `lost`, which failed or needs `because`, and that failed. */
  | { readonly type: 'go-without'; readonly id: string; readonly lost: string; readonly because: string }

interface Scheduled<Candidate, Outputs> {
  /** Without the inputs that it goes without. */
  node: PlanNode
  state: NodeState<Candidate, Outputs>
}

export class Schedule<Candidate, Outputs> {
  readonly #nodes: ReadonlyMap<string, Scheduled<Candidate, Outputs>>
  /** In the order of the plan. */
  readonly #order: readonly Scheduled<Candidate, Outputs>[]
  /** All nodes before this index have ended. */
  #open = 0
  /** How many nodes are ready, by the size that `sizeOf` gives them. Sizes without any are left out. */
  readonly #ready = new Map<string, number>()
  readonly #sizeOf: (node: PlanNode) => string
  readonly #dependents: ReadonlyMap<string, readonly PlanNode[]>
  #isBrokenOff = false
  #isClosed = false

  /** `sizeOf`: a text that is equal for nodes that need the same room. */
  constructor(plan: Plan, sizeOf: (node: PlanNode) => string = () => '') {
    this.#sizeOf = sizeOf
    this.#nodes = new Map(
      plan.nodes.map((node) => [node.id, { node, state: { type: 'waiting', missing: after(node).length } }]),
    )
    this.#order = [...this.#nodes.values()]
    this.#dependents = dependents(plan)
  }

  /** Begins with the nodes that take from no other. */
  begin(): Consequence[] {
    return [...this.#nodes].flatMap(([id, { state }]) =>
      state.type === 'waiting' && state.missing === 0 ? this.#toLookUp(id) : [],
    )
  }

  /** The nodes with their states, in the order of the plan. */
  get all(): readonly Readonly<Scheduled<Candidate, Outputs>>[] {
    return [...this.#nodes.values()]
  }

  node(id: string): PlanNode {
    return this.#at(id).node
  }

  state(id: string): NodeState<Candidate, Outputs> {
    return this.#at(id).state
  }

  /** Whether a node is ready whose size is not among `sizes`. Takes the time of a look at each size, and not at each node. */
  hasReady(sizes: ReadonlySet<string> = new Set()): boolean {
    for (const size of this.#ready.keys()) if (!sizes.has(size)) return true
    return false
  }

  /** The nodes that are ready to start when their turn comes, in the order of the plan. The caller may change states meanwhile. */
  *ready(): Generator<{ readonly node: PlanNode; readonly candidate: Candidate }> {
    while (this.#open < this.#order.length && isOver(this.#order[this.#open]!.state)) this.#open++
    for (let index = this.#open; index < this.#order.length; index++) {
      const { node, state } = this.#order[index]!
      if (state.type === 'ready') yield { node, candidate: state.candidate }
    }
  }

  /** A node failed that is not one of several variants: without `keepGoing` nothing new starts. */
  get isBrokenOff(): boolean {
    return this.#isBrokenOff
  }

  /** The look-up found nothing: the node has to run. */
  miss(id: string, candidate: Candidate): void {
    this.#set(id, { type: 'ready', candidate })
  }

  /** Something other than the stage itself is being done for the node. */
  occupy(id: string, candidate: Candidate): void {
    this.#set(id, { type: 'busy', candidate })
  }

  /** The node is to be started, or started again. */
  retry(id: string, candidate: Candidate): void {
    this.#set(id, { type: 'ready', candidate })
  }

  run(id: string, candidate: Candidate): void {
    this.#set(id, { type: 'running', candidate })
  }

  /** The node is to be looked up again: its input files changed. */
  lookUpAgain(id: string): Consequence[] {
    return this.#toLookUp(id)
  }

  complete(id: string, outputs: Outputs): Consequence[] {
    if (!this.#set(id, { type: 'done', outputs })) return []
    return this.#dependentsOf(id).flatMap((each) => this.#inputArrived(each))
  }

  fail(id: string, isLost: boolean): Consequence[] {
    if (!this.#set(id, { type: 'failed', isLost })) return []
    const { node } = this.#at(id)
    if (node.variant === undefined) this.#isBrokenOff = true
    return this.#endBehind(id, node.name)
  }

  interrupt(id: string): Consequence[] {
    return this.#set(id, { type: 'interrupted' }) ? this.#endBehind(id, this.#at(id).node.name) : []
  }

  /** Skips the node alone: the run stops before it. */
  stop(id: string): void {
    this.#set(id, { type: 'skipped', isLost: false })
  }

  /** From here on transitions change nothing: what still goes on after the end of a run no longer counts. */
  close(): void {
    this.#isClosed = true
  }

  /** An input of a node got its outcome. */
  #inputArrived(id: string): Consequence[] {
    const { state } = this.#at(id)
    if (state.type !== 'waiting') return []
    if (state.missing === 1) return this.#toLookUp(id)
    this.#set(id, { type: 'waiting', missing: state.missing - 1 })
    return []
  }

  #toLookUp(id: string): Consequence[] {
    return this.#set(id, { type: 'looking' }) ? [{ type: 'look-up', id }] : []
  }

  /** Skips the nodes behind one that did not get done, at any distance, except those that go without it. */
  #endBehind(id: string, because: string): Consequence[] {
    const isLost = this.#isLost(id)
    return this.#dependentsOf(id).flatMap((behind): Consequence[] => {
      const next = this.#at(behind)
      if (next.state.type !== 'waiting') return []
      const rest = isLost ? without(next.node, (other) => this.#isLost(other)) : undefined
      if (rest === undefined) {
        this.#set(behind, { type: 'skipped', isLost })
        return [{ type: 'skip', id: behind, because }, ...this.#endBehind(behind, because)]
      }
      next.node = rest
      const lost = this.#at(id).node.name
      return [{ type: 'go-without', id: behind, lost, because }, ...this.#inputArrived(behind)]
    })
  }

  #isLost(id: string): boolean {
    const { state } = this.#at(id)
    return (state.type === 'failed' || state.type === 'skipped') && state.isLost
  }

  #dependentsOf(id: string): string[] {
    return (this.#dependents.get(id) ?? []).map((node) => node.id)
  }

  #at(id: string): Scheduled<Candidate, Outputs> {
    const found = this.#nodes.get(id)
    if (found === undefined) throw new Error(`the plan has no node ${id}`)
    return found
  }

  /** Returns false if the schedule is closed. */
  #set(id: string, state: NodeState<Candidate, Outputs>): boolean {
    if (this.#isClosed) return false
    const scheduled = this.#at(id)
    if (!successors[scheduled.state.type].includes(state.type))
      throw new Error(`${id} cannot become ${state.type}: it is ${scheduled.state.type}`)
    if (scheduled.state.type === 'ready') this.#countReady(scheduled.node, -1)
    if (state.type === 'ready') this.#countReady(scheduled.node, 1)
    scheduled.state = state
    return true
  }

  #countReady(node: PlanNode, change: 1 | -1): void {
    const size = this.#sizeOf(node)
    const count = (this.#ready.get(size) ?? 0) + change
    if (count === 0) this.#ready.delete(size)
    else this.#ready.set(size, count)
  }
}
