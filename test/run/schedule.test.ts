/** The states of the nodes of a plan, without any process: whatever happens in whatever order, the outcome is the same. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import { after } from '../../src/run/nodes/graph.ts'
import { type Consequence, isOver, type NodeState, Schedule } from '../../src/run/schedule.ts'
import { type NodeDraft, planOf } from './rig.ts'

type Fate = 'cached' | 'done' | 'failed' | 'interrupted' | 'unreadable'

interface Story {
  readonly plan: Plan
  /** The fate of each node, if it gets that far. */
  readonly fates: ReadonlyMap<string, Fate>
}

const draftsWith = (...fates: readonly Fate[]) =>
  fc.array(
    fc.record({
      from: fc.array(fc.nat(8), { maxLength: 4 }),
      spares: fc.boolean(),
      isVariant: fc.boolean(),
      fate: fc.constantFrom<Fate>('cached', 'done', 'done', 'done', ...fates),
    }),
    { minLength: 1, maxLength: 9 },
  )

/**
 * Plans of up to nine nodes, each of which takes from some before it; some go without what failed. No story has both failures and
 * interruptions: nodes go without what failed and not without what was interrupted, so that it matters which comes first.
 */
const stories: fc.Arbitrary<Story> = fc
  .oneof(draftsWith('failed', 'unreadable'), draftsWith('interrupted'))
  .map((drafts) => {
    const nodes: Record<string, NodeDraft> = {}
    for (const [index, { from, spares, isVariant }] of drafts.entries()) {
      const before = [...new Set(from.filter((each) => each < index))].map((each) => `n${each}`)
      nodes[`n${index}`] = {
        from: before,
        ...(spares ? { spares: true } : {}),
        ...(isVariant ? { variant: { of: 'n', values: {} } } : {}),
      }
    }
    return { plan: planOf(nodes), fates: new Map(drafts.map(({ fate }, index) => [`n${index}`, fate])) }
  })

type State = NodeState<number, string>

/** Plays a story to its end; `choose` picks what happens next. Returns the final states. */
function play({ plan, fates }: Story, choose: (count: number) => number): Map<string, State> {
  const schedule = new Schedule<number, string>(plan)
  const reported = new Map<string, Consequence['type']>()
  const note = (consequences: readonly Consequence[]) => {
    for (const { type, id } of consequences) {
      if (type === 'go-without') continue
      expect(reported.has(id), `${id} got two consequences`).toBe(false)
      reported.set(id, type)
      expect(schedule.state(id).type).toBe(type === 'skip' ? 'skipped' : 'looking')
    }
  }
  const failures = new Map<string, number>()
  note(schedule.begin())
  for (;;) {
    const moves = schedule.all.flatMap(({ node: { id }, state }) => movesOf(id, state))
    const move = moves[choose(moves.length)]
    if (move === undefined) break
    note(move())
    for (const { node, state } of schedule.all)
      if (state.type !== 'waiting' && state.type !== 'skipped')
        // Whatever a node still takes from is done by the time it is looked up.
        for (const id of after(node)) expect(schedule.state(id).type).toBe('done')
  }
  return new Map(schedule.all.map(({ node, state }) => [node.id, state]))

  /** The transitions that can happen to a node in its state. */
  function movesOf(id: string, state: State): (() => readonly Consequence[])[] {
    const fate = fates.get(id)!
    switch (state.type) {
      case 'looking':
        if (fate === 'cached') return [() => schedule.complete(id, 'outputs')]
        if (fate === 'unreadable') return [() => schedule.fail(id, true)]
        return [() => silent(() => schedule.miss(id, 1))]
      case 'ready':
        return [() => silent(() => schedule.occupy(id, state.candidate))]
      case 'busy': {
        const seen = failures.get(id) ?? 0
        failures.set(id, seen)
        // Before its stage runs, and once more after it: `candidate` counts.
        if (state.candidate === 1)
          return [
            () => silent(() => schedule.run(id, 2)),
            // Another run holds its claim, twice at most.
            ...(seen < 2 ? [() => silent(() => failures.set(id, seen + 1) && schedule.retry(id, 1))] : []),
          ]
        if (fate === 'failed') return [() => schedule.fail(id, true)]
        return [() => (fate === 'interrupted' ? schedule.interrupt(id) : schedule.complete(id, 'outputs'))]
      }
      case 'running':
        return [() => silent(() => schedule.occupy(id, 2))]
      default:
        return []
    }
  }
}

function silent(act: () => unknown): readonly Consequence[] {
  act()
  return []
}

test('every node ends, and its end does not depend on the order in which things happen', () => {
  fc.assert(
    fc.property(stories, fc.infiniteStream(fc.nat(1000)), (story, choices) => {
      const shuffled = play(story, (count) => (count === 0 ? 0 : choices.next().value! % count))
      expect([...shuffled.values()].every(isOver)).toBe(true)
      const inOrder = play(story, () => 0)
      expect(shuffled).toEqual(inOrder)
    }),
    { numRuns: 500 },
  )
})

test('a node that goes without what failed waits for the rest', () => {
  const plan = planOf({ a: {}, b: {}, sum: { from: ['a', 'b'], spares: true } })
  const schedule = new Schedule<number, string>(plan)
  schedule.begin()
  expect(schedule.fail('a', true)).toEqual([{ type: 'go-without', id: 'sum', lost: 'a', because: 'a' }])
  expect(after(schedule.node('sum'))).toEqual(['b'])
  expect(schedule.state('sum')).toEqual({ type: 'waiting', missing: 1 })
  expect(schedule.complete('b', '')).toEqual([{ type: 'look-up', id: 'sum' }])
})

test('a node that is left with nothing is skipped, and so is what is behind it', () => {
  const plan = planOf({ a: {}, sum: { from: ['a'], spares: true }, end: { from: ['sum'] } })
  const schedule = new Schedule<number, string>(plan)
  schedule.begin()
  expect(schedule.fail('a', true)).toEqual([
    { type: 'skip', id: 'sum', because: 'a' },
    { type: 'skip', id: 'end', because: 'a' },
  ])
})

test('a state that cannot follow is an error, and after the end nothing follows', () => {
  const schedule = new Schedule<number, string>(planOf({ a: {}, b: { from: ['a'] } }))
  expect(() => schedule.run('b', 1)).toThrow('b cannot become running: it is waiting')
  schedule.begin()
  schedule.close()
  expect(schedule.complete('a', '')).toEqual([])
  expect(schedule.state('b').type).toBe('waiting')
})

test('the failure of a variant does not break the run off', () => {
  const variant = { of: 'a', values: {} }
  const schedule = new Schedule<number, string>(planOf({ a: { variant }, b: {} }))
  schedule.begin()
  schedule.fail('a', true)
  expect(schedule.isBrokenOff).toBe(false)
  schedule.fail('b', true)
  expect(schedule.isBrokenOff).toBe(true)
})

test('ready nodes come in the order of the plan when their turn comes, and are known by their size', () => {
  const plan = planOf({ a: {}, b: {}, c: {} })
  const schedule = new Schedule<number, string>(plan, ({ id }) => (id === 'c' ? 'large' : 'small'))
  schedule.begin()
  expect(schedule.hasReady()).toBe(false)
  for (const id of ['c', 'b', 'a']) schedule.miss(id, 1)
  expect(schedule.hasReady(new Set(['small']))).toBe(true)
  const seen: string[] = []
  for (const { node } of schedule.ready()) {
    seen.push(node.id)
    // Meanwhile another node is no longer ready.
    if (node.id === 'a') schedule.occupy('b', 1)
  }
  expect(seen).toEqual(['a', 'c'])
  schedule.occupy('c', 1)
  expect(schedule.hasReady(new Set(['small']))).toBe(false)
  schedule.retry('b', 1)
  expect([...schedule.ready()].map(({ node }) => node.id)).toEqual(['a', 'b'])
})
