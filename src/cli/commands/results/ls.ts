/** `llmpipe ls [FILE]`: the artefacts of a store, or those of a program. */

import type { FolderStore } from '../../../store/folder-store.ts'
import type { Action } from '../../../store/store.ts'
import { defineCommand } from '../../command.ts'
import { json, type ProgramOptions, programOptions, type StoreOptions } from '../../common-options.ts'
import { write, writeError } from '../../terminal/output.ts'
import { print, printJson, tableColumns } from '../../terminal/print.ts'
import { exit } from '../../terminal/refusal.ts'

export const ls = defineCommand({
  name: 'ls',
  summary: 'list the artefacts in a store, or those of a program',
  details: `With a program: the artefacts of its stages, as the program and its params are now, in the order of the stages. Without a
    program: all artefacts in the store, newest first.`,
  arguments: [{ name: '[file]', description: 'a program, to list only its artefacts', completes: 'programs' }],
  options: { ...programOptions, json },
  examples: [
    ['llmpipe ls', 'all artefacts in the store of this folder'],
    ['llmpipe ls --store pipelines/.llmpipe', 'all artefacts in another store'],
    ['llmpipe ls pipeline.llmpipe -p steps=50', 'those that the program made with this value of a param'],
  ],
  async run([file], options) {
    const { namedOutputs } = await import('../../artefact.ts')
    const { dateTime } = await import('../../terminal/dates.ts')
    const { table } = await import('../../../view/table.ts')
    const { bytes, duration, shortDigest } = await import('../../../view/format.ts')
    const found = file === undefined ? await inStore(options) : await ofProgram(file, options)
    const { store, actions, note } = found
    const rows = actions.flatMap((action) =>
      namedOutputs(action.node.name, action).map(([name, { digest, kind, files }]) => ({
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
    if (rows.length === 0) write(file === undefined ? `${store.root} is empty\n` : '')
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
            dateTime(row.time),
            row.summary ?? '',
          ]),
          tableColumns(80),
        ),
      )
    const { jobsNote } = await import('../../jobs/standing-words.ts')
    writeError(`${note}${jobsNote(store.root)}`)
    return exit.done
  },
})

interface Found {
  readonly store: FolderStore
  readonly actions: readonly Action[]
  /** A sentence about what is not listed; empty if everything is. */
  readonly note: string
}

/** Everything in a store, newest first. */
async function inStore(options: StoreOptions): Promise<Found> {
  const { storeFor } = await import('../../program/store-folder.ts')
  const { keysIn } = await import('../../artefact.ts')
  const store = storeFor(options)
  const actions = await Promise.all(keysIn(store).map((key) => store.lookup(key)))
  return { store, actions: actions.filter((action) => action !== undefined), note: '' }
}

/** The records of a program as it is now, in the order of its stages. */
async function ofProgram(file: string, options: ProgramOptions): Promise<Found> {
  const { openProgram } = await import('../../program/open-program.ts')
  const { currentActions, missingNote } = await import('../../program/current-actions.ts')
  const opened = await openProgram(file, options)
  const { actions, missing } = await currentActions(opened)
  return { store: opened.store, actions, note: await missingNote(opened, missing) }
}
