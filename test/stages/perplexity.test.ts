import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { inventory } from '../../src/store/care/inventory.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { makeProject } from '../cli/rig.ts'

const long =
  'Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse. '.repeat(3)
const project = makeProject({
  'prose.txt': long,
  'p.llmpipe': `use std.models { llama }
data prose = read("prose.txt")
tokenizer b = bytes()
stage base = pretrain(llama(vocab: b.size, context: 64, dim: 16, layers: 1, heads: 2), on: prose |> encode(b)) { steps: 2, batch: 2 }
data several = texts("A whale.", "${long}", "")
data scored = several |> perplexity(under: base)
data one = prose |> perplexity(under: base, as: "p")
stage measured = evaluate([base], on: prose)
export scored to "out/scored"
`,
})
afterAll(() => project.remove())

test('the perplexity of a document is what `evaluate` measures on this document alone', () => {
  const { code, events } = project.events(['p.llmpipe'])
  expect(events.filter(({ event }) => event === 'failed')).toEqual([])
  expect(code).toBe(0)
  const actions = [...inventory(openStore(join(project.folder, '.llmpipe'))).actions.values()]
  const metricsOf = (name: string) => actions.find(({ node }) => node.name === name)!.report.metrics!
  const { 'perplexity[0]': perplexity, 'loss[0]': loss } = metricsOf('measured') as Record<string, number>
  expect(metricsOf('one').loss).toBeCloseTo(loss!, 5)
  const rows = readFileSync(join(project.folder, 'out/scored/docs-00000.jsonl'), 'utf8').trim().split('\n')
  const values = rows.map((row) => (JSON.parse(row) as { perplexity: number | null }).perplexity)
  // `read` and `texts` have the same text, but for white space at the end.
  expect(values[1]! / perplexity!).toBeCloseTo(1, 2)
  expect(values[0]).toBeGreaterThan(1)
  expect(values).toHaveLength(3)
  expect(values[2]).toBeNull()
})
