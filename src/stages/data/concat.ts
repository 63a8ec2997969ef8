/** The kind `concat`: the documents of several artefacts, one after the other. */

import type { StageReport } from '../../core/report.ts'
import type { StageModule } from '../../core/stage.ts'
import { countReport, recordsInput } from '../shared/record-kinds.ts'
import type { Kind, StageServices } from '../shared/services.ts'

export const concat: Kind = {
  name: 'concat',
  version: 1,
  summary: 'Puts documents one after the other.',
  documentation:
    '`concat(prose, verse)`, `concat([prose, verse])`. All of one kind: documents, pairs, prompts, answers or rankings.',
  shape: 'stage',
  inputs: { docs: { ...recordsInput, list: true } },
  settings: { properties: {} },
  positional: [],
  rest: 'docs',
  outputs({ inputs }) {
    const [first, ...others] = inputs.docs!
    const odd = others.find(({ kind }) => kind !== first!.kind)
    if (odd !== undefined) {
      return {
        code: 'invalid-setting',
        at: 'docs',
        message: `${first!.kind} and ${odd.kind} cannot be put together`,
        help: 'Make one kind of them first.',
      }
    }
    return [{ name: 'out', type: first! }]
  },
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async load(): Promise<StageModule<StageServices>> {
    const { recordWriter, stemOf } = await import('../../data/shards/records.ts')
    const { linesIn } = await import('../../data/shards/walk.ts')
    return {
      async run(stage): Promise<StageReport> {
        const artefacts = stage.inputs.docs!
        const { kind } = artefacts[0]!
        const writer = recordWriter(stage.outputs.out!, kind)
        const folders = artefacts.map(({ path }) => path)
        let documents = 0
        for await (const { lines } of linesIn(folders, stage, 'writing', stemOf(kind))) {
          for (const line of lines) writer.writeLine(line)
          documents += lines.length
        }
        writer.close()
        return countReport(documents)
      },
    }
  },
}
