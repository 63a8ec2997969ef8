/** Pairs, prompts and rankings are split and drawn like documents, and by what they ask. */

import { describe, expect, it } from 'vitest'
import { sample } from '../../../src/stages/data/sample.ts'
import { shuffle } from '../../../src/stages/data/shuffle.ts'
import { split } from '../../../src/stages/data/split.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const never = new AbortController().signal

// Each of 60 prompts three times over.
const rankings = Array.from({ length: 180 }, (_, i) => ({
  id: `r${i}`,
  messages: [user(`Question ${i % 60}`)],
  responses: [`a${i}`, `b${i}`],
  ranks: [1, 2],
}))
const pairs = rankings.map(({ id, messages }, i) => ({ id, messages: [...messages, assistant(`Answer ${i}`)] }))

describe.each([
  ['Rankings', rankings],
  ['Pairs', pairs],
] as const)('%s', (kind, records) => {
  const docs = rig.artefact(kind, records)
  const asked = (side: readonly { readonly messages: readonly { readonly content: string }[] }[]) =>
    new Set(side.map(({ messages }) => messages[0]!.content))

  it('are split with no prompt on two sides, and none lost', async () => {
    for (const seed of [1, 2, 3]) {
      const { all } = await rig.run(split, { docs }, { shares: [0.8, 0.2], seed }, never, 2)
      const [one, two] = all as [typeof records, typeof records]
      expect([...asked(one)].filter((prompt) => asked(two).has(prompt))).toEqual([])
      const ids = [...one, ...two].map(({ id }) => id)
      expect(ids.sort()).toEqual(records.map(({ id }) => id).sort())
      expect(two.length).toBeGreaterThan(20)
      expect(two.length).toBeLessThan(50)
    }
  })

  it('are drawn and shuffled as they are', async () => {
    const drawn = await rig.run(sample, { docs }, { size: 31, seed: 3 })
    expect(drawn.records).toHaveLength(31)
    for (const record of drawn.records) expect(records).toContainEqual(record)
    const mixed = (await rig.run(shuffle, { docs }, { seed: 3 })).records
    expect(mixed).not.toEqual(records)
    const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1)
    expect([...mixed].sort(byId)).toEqual([...records].sort(byId))
  })
})
