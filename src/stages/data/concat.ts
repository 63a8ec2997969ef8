/** The kind `concat`: the documents of several artefacts, one after the other. */

import { defineKind } from '../shared/define-kind.ts'
import { countReport, recordsInput } from '../shared/record-kinds.ts'

export const concat = defineKind({
  name: 'concat',
  version: 1,
  summary: 'Puts documents one after the other.',
  documentation:
    '`concat(prose, verse)`, `concat([prose, verse])`. All are of one kind: documents, pairs, prompts, answers or rankings.',
  inputs: { docs: { ...recordsInput, list: true } },
  settings: {},
  positional: [],
  rest: 'docs',
  outputs({ inputs }) {
    const [first, ...others] = inputs.docs
    if (first === undefined) return { code: 'invalid-setting', at: 'docs', message: 'There is nothing to put together' }
    const odd = others.find(({ kind }) => kind !== first.kind)
    if (odd === undefined) return [{ name: 'out', type: first }]
    return {
      code: 'invalid-setting',
      at: 'docs',
      message: `${first.kind} and ${odd.kind} cannot be put together`,
      help: 'Convert them to one kind first.',
    }
  },
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async run(stage) {
    const { recordWriter, stemOf } = await import('../../data/shards/records.ts')
    const { linesIn } = await import('../../data/shards/walk.ts')
    const artefacts = stage.inputs.docs
    const { kind } = artefacts[0]!
    const writer = recordWriter(stage.outputs.out, kind)
    const folders = artefacts.map(({ path }) => path)
    let documents = 0
    for await (const { lines } of linesIn(folders, stage, 'writing', stemOf(kind))) {
      for (const line of lines) writer.writeLine(line)
      documents += lines.length
    }
    writer.close()
    return countReport(documents)
  },
})
