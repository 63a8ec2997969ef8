/** The stage graph as rails. */

import { expect, test } from 'vitest'
import { type RailNode, rails, railsWithin } from '../../../src/view/charts/rails.ts'

const drawn = (...nodes: readonly (readonly [id: string, ...after: string[]])[]) =>
  rails(nodes.map(([id, ...after]): RailNode => ({ id, after }))).map(({ before, after }) => `${before}●${after}`)

test('a chain is one lane', () => {
  expect(drawn(['a'], ['b', 'a'], ['c', 'b'])).toEqual(['●', '●', '●'])
})

test('a node that two others take stays on its lane until the last', () => {
  expect(drawn(['prose'], ['bpe', 'prose'], ['encode', 'prose', 'bpe'])).toEqual(['●', '├─●', '●─╯'])
})

test('independent nodes stand on lanes of their own', () => {
  expect(drawn(['a'], ['b'], ['c', 'a', 'b'])).toEqual(['●', '│ ●', '●─╯'])
})

test('a graph with more lanes than there is room for has no rails', () => {
  const wide: RailNode[] = Array.from({ length: 50 }, (_, i) => ({ id: `${i}`, after: [] }))
  const nodes = [...wide, { id: 'all', after: wide.map(({ id }) => id) }]
  expect(railsWithin(nodes, 10)).toBeUndefined()
  expect(railsWithin(nodes, 60)).toHaveLength(51)
})

test('an input that is not in the list has no lane', () => {
  expect(drawn(['a', 'elsewhere'])).toEqual(['●'])
})
