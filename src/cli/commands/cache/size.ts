/** `llmpipe cache size`: the disk space that artefacts take, by the kind of their stage. */

import { defineCommand } from '../../command.ts'
import { json, storeOption } from '../../common-options.ts'
import { print, printJson, tableColumns } from '../../terminal/print.ts'
import { exit } from '../../terminal/refusal.ts'
import { shelfWords, sumsOf } from './shelves.ts'

/** The folders of a store that hold no artefacts, in words. */
const otherWords = {
  work: 'checkpoints of unfinished stages',
  failed: 'logs of failed stages',
  runs: 'logs of runs',
  jobs: 'jobs on clusters',
  people: 'human rankings',
  damaged: 'corrupt artefacts, moved aside',
  trash: 'trash',
}

export const size = defineCommand({
  name: 'size',
  summary: 'show how much disk space the store takes, by stage kind',
  options: { store: storeOption, json },
  examples: [['llmpipe cache size', 'the store of this folder']],
  async run(_, options) {
    const { inventory } = await import('../../../store/care/inventory.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    const { bytes, count } = await import('../../../view/format.ts')
    const { table } = await import('../../../view/table.ts')
    const store = storeFor(options)
    const { objects, entries, actions, other } = inventory(store)
    const kinds = new Map<string, { artefacts: number; bytes: number }>()
    for (const { bytes: own, actions: keys } of objects.values()) {
      const kind = keys[0] === undefined ? '(no record)' : actions.get(keys[0])!.node.kind
      const sum = kinds.get(kind) ?? { artefacts: 0, bytes: 0 }
      kinds.set(kind, { artefacts: sum.artefacts + 1, bytes: sum.bytes + own })
    }
    const total = [...kinds.values()].reduce((sum, each) => sum + each.bytes, 0)
    if (options.json) {
      printJson({
        store: store.root,
        artefacts: objects.size,
        bytes: total,
        kinds: Object.fromEntries(kinds),
        ...Object.fromEntries(sumsOf(entries).map(({ shelf, count, bytes }) => [shelf, { count, bytes }])),
        other,
      })
      return exit.done
    }
    const rows = [...kinds].sort(([, a], [, b]) => b.bytes - a.bytes)
    print(
      table(
        [
          { title: 'KIND', tone: 'bold' },
          { title: 'ARTEFACTS', align: 'right' },
          { title: 'SIZE', align: 'right' },
        ],
        [
          ...rows.map(([kind, each]) => [kind, count(each.artefacts), bytes(each.bytes)]),
          ['all artefacts', count(objects.size), bytes(total)],
          ...sumsOf(entries).flatMap((each) =>
            each.count > 0 ? [[shelfWords[each.shelf], count(each.count), bytes(each.bytes)]] : [],
          ),
          ...Object.entries(otherWords).flatMap(([name, words]) => {
            const own = other[name as keyof typeof other]
            return own > 0 ? [[words, '', bytes(own)]] : []
          }),
        ],
        tableColumns(60),
      ),
    )
    return exit.done
  },
})
