/** `llmpipe ls`: what the store holds. */

import { type Command, common } from '../command.ts'
import { write } from '../terminal/output.ts'
import { print, printJson, tableColumns } from '../terminal/print.ts'
import { exit } from '../terminal/refusal.ts'

export const ls: Command = {
  name: 'ls',
  summary: 'list the artefacts in the store',
  arguments: [{ name: '[file]', description: 'a program, whose store is meant', completes: 'programs' }],
  options: [common.store, common.json],
  examples: [
    ['llmpipe ls', 'the store of this folder'],
    ['llmpipe ls pipelines/pretrain.llmpipe', 'the store beside that program'],
  ],
  async run([file], options) {
    const { storeFor } = await import('../program/store-folder.ts')
    const { keysIn, namedOutputs } = await import('../artefact.ts')
    const { table } = await import('../../view/table.ts')
    const { bytes, duration, shortDigest } = await import('../../view/format.ts')
    const store = storeFor(options, file)
    const actions = await Promise.all(keysIn(store).map((key) => store.lookup(key)))
    const rows = actions.flatMap((action) =>
      action === undefined
        ? []
        : namedOutputs(action.node.name, action).map(([name, { digest, kind, files }]) => ({
            name,
            kind,
            digest,
            bytes: files.reduce((sum, each) => sum + each.size, 0),
            time: action.time,
            seconds: action.seconds,
            path: store.objectFolder(digest),
            summary: action.report.summary,
          })),
    )
    if (options.json) {
      printJson(rows)
      return exit.done
    }
    if (rows.length === 0) write(`${store.root} holds nothing yet\n`)
    else
      print(
        table(
          [
            { title: 'STAGE', tone: 'bold', most: 40 },
            { title: 'ARTEFACT' },
            { title: 'DIGEST', tone: 'dim' },
            { title: 'SIZE', align: 'right' },
            { title: 'TOOK', align: 'right' },
            { title: 'MADE' },
            { title: '' },
          ],
          rows.map((row) => [
            row.name,
            row.kind,
            shortDigest(row.digest),
            bytes(row.bytes),
            duration(row.seconds),
            new Date(row.time).toISOString().slice(0, 16).replace('T', ' '),
            row.summary ?? '',
          ]),
          tableColumns(80),
        ),
      )
    return exit.done
  },
}
