/** `llmpipe cache gc`: removes the artefacts that were used longest ago. */

import { defineCommand } from '../../command.ts'
import { json, storeOption } from '../../common-options.ts'
import { flag, type Option, text, textOf } from '../../option.ts'
import { write } from '../../terminal/output.ts'
import { print, printJson, tableColumns } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'
import { shelfWords, sumsOf } from './shelves.ts'

/** An age as in `30d`, in milliseconds. */
const older: Option<number | undefined> = {
  ...text('time', 'remove artefacts that were not used for this long, as in 30d or 12h'),
  read(given) {
    const typed = textOf(given)
    return typed === undefined ? undefined : milliseconds(typed)
  },
}

/** A size as in `20GB`, in bytes. */
const keep: Option<number | undefined> = {
  ...text('bytes', 'remove artefacts until at most this much is left, as in 20GB'),
  read(given) {
    const typed = textOf(given)
    return typed === undefined ? undefined : bytesOf(typed)
  },
}

export const gc = defineCommand({
  name: 'gc',
  summary: 'remove the artefacts that were used longest ago',
  details: 'Pinned artefacts, those of running stages and those that were used within the last hour always stay.',
  options: {
    older,
    keep,
    dryRun: flag('list what would be removed, and remove nothing', 'n'),
    store: storeOption,
    json,
  },
  examples: [
    ['llmpipe cache gc --older 30d', 'what was not used for 30 days'],
    ['llmpipe cache gc --keep 50GB --dry-run', 'what has to be removed so that 50 GB are left'],
  ],
  async run(_, options) {
    const { inventory } = await import('../../../store/care/inventory.ts')
    const { digestsUnderWay } = await import('../../../run/log/past-runs.ts')
    const { inputsOfJobs, keepCodeOfJobs } = await import('../../../run/executors/slurm/stop.ts')
    const { collect, planCollection, readPins, sweep } = await import('../../../store/care/collect.ts')
    const { forgetFailures } = await import('../../../store/failures.ts')
    const { bytes, count } = await import('../../../view/format.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    if (options.older === undefined && options.keep === undefined)
      throw new Refusal('nothing says what to remove', 'Give --older 30d, --keep 20GB, or both.')
    const store = storeFor(options)
    const now = Date.now()
    const limits = { before: options.older === undefined ? undefined : now - options.older, bytes: options.keep }
    const seen = inventory(store)
    const pinned = new Set(Object.values(readPins(store)).flat())
    // A job may wait in the queue for days. Artefacts of running stages are recent, but their times do not show it if the clock was changed meanwhile.
    const kept = new Set([...pinned, ...digestsUnderWay(store.root), ...inputsOfJobs(store.root)])
    const plan = planCollection(seen, limits, kept, now)
    const { dryRun } = options
    const done = dryRun ? plan : collect(store, plan, now)
    if (!dryRun) {
      keepCodeOfJobs(store.root)
      sweep(store)
      if (limits.before !== undefined) forgetFailures(store.root, limits.before)
    }
    if (options.json) {
      const digests = done.objects.map(({ digest }) => digest)
      const shelved = Object.fromEntries(sumsOf(done.entries).map(({ shelf, count }) => [shelf, count]))
      printJson({ removed: digests, ...shelved, bytes: done.bytes, left: done.left, dryRun })
      return exit.done
    }
    const { shortDigest } = await import('../../../view/format.ts')
    const { table } = await import('../../../view/table.ts')
    const { dateTime } = await import('../../terminal/dates.ts')
    const named = ({ actions: keys }: (typeof done.objects)[number]) =>
      [...new Set(keys.map((key) => seen.actions.get(key)!.node.name))].join(', ') || '(no record)'
    if (done.objects.length > 0)
      print(
        table(
          [
            { title: dryRun ? 'WOULD BE REMOVED' : 'REMOVED', tone: 'bold', most: 40 },
            { title: 'DIGEST', tone: 'dim' },
            { title: 'SIZE', align: 'right' },
            { title: 'LAST USED' },
          ],
          done.objects.map((each) => [named(each), shortDigest(each.digest), bytes(each.bytes), dateTime(each.used)]),
          tableColumns(80),
        ),
      )
    const shelved = sumsOf(done.entries).flatMap((each) =>
      each.count > 0 ? [`${count(each.count)} ${shelfWords[each.shelf]}`] : [],
    )
    const removed = [`${count(done.objects.length)} artefacts`, ...shelved].join(', ')
    const [would, stays] = dryRun ? ['would be removed', 'would stay'] : ['removed', 'left']
    const pins = pinned.size > 0 ? `, ${pinned.size} pinned` : ''
    write(`${removed} ${would}, ${bytes(done.bytes)}; ${bytes(done.left)} ${stays}${pins}\n`)
    return exit.done
  },
})

function milliseconds(time: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)$/.exec(time.trim()) ?? []
  const units: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5, w: 6048e5 }
  if (units[unit] === undefined) throw new Refusal(`--older ${time} is not a time`, 'For example: 12h, 30d, 8w.')
  return Number(number) * units[unit]
}

function bytesOf(size: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i.exec(size.trim()) ?? []
  const power = ['b', 'k', 'm', 'g', 't'].indexOf(unit[0]?.toLowerCase() ?? '')
  if (power < 0) throw new Refusal(`--keep ${size} is not a size`, 'For example: 500MB, 20GB.')
  return Number(number) * (/i/i.test(unit) ? 1024 : 1000) ** power
}
