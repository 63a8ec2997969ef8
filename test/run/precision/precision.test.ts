/** After an edit exactly those stages run that have to. `npm run trial precision` tries the rest of the corpus too, and looks for stale hits. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { edits } from './edits.ts'
import { Workshop } from './workshop.ts'

/** Edits that run many stages again are left to the trial. */
const quick = edits.filter(({ runs }) => runs.length <= 5)

let workshop: Workshop
beforeAll(async () => {
  workshop = await Workshop.open()
}, 120_000)
afterAll(() => workshop.close())

test('the corpus is of 40 edits at least, and each has a name of its own', () => {
  expect(quick.length).toBeGreaterThanOrEqual(40)
  expect(new Set(edits.map(({ name }) => name)).size).toBe(edits.length)
})

describe('exactly the affected stages run after', () => {
  test.each(quick)('$name', (edit) => {
    const { code, ran, stderr } = workshop.try(edit)
    expect(ran, stderr).toEqual([...edit.runs].sort())
    expect(code).toBe(0)
  })
})

test('after an edit, the outputs are those of a run in an empty store', () => {
  for (const name of ['white space that cleaning tidies, in one pass with the reading', 'a setting of PPO']) {
    const edit = edits.find((each) => each.name === name)!
    const { digests } = workshop.try(edit)
    expect(digests).toEqual(workshop.afresh(edit).digests)
  }
})
