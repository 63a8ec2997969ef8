/** `llmpipe cache`: what the store takes, what can go, whether it is whole, and taking it elsewhere or sharing it. */

import type { Key } from '../../core/artefact.ts'
import type { StatusOptions } from '../../run/explain/status.ts'
import type { StoredEntry } from '../../store/care/inventory.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import type { ShelfName } from '../../store/shelf.ts'
import { type Command, common, type Options, programOptions, text } from '../command.ts'
import { remoteOptions } from '../program/remote.ts'
import { write, writeError } from '../terminal/output.ts'
import { print, printJson, tableColumns } from '../terminal/print.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

type Act = (store: FolderStore, words: readonly string[], options: Options) => Promise<number>

export const cache: Command = {
  name: 'cache',
  summary: 'look after the store: size, gc, verify, pin, unpin, export, import, push, pull',
  details: `size     what takes how much
gc       remove what was used longest ago: --older, --keep; --dry-run shows what would go
verify   read every byte; what is damaged is moved aside, and made again by the next run
pin      keep an artefact, or all of a run, whatever gc is told; unpin undoes it
export   copy artefacts and their records into a folder, for another machine
import   take them from such a folder, each checked by its digest
push     put into the remote cache what it lacks, of all or of what a program made
pull     take from it what a program needs`,
  arguments: [
    {
      name: '<action>',
      description: 'size, gc, verify, pin, unpin, export, import, push or pull',
      completes: ['size', 'gc', 'verify', 'pin', 'unpin', 'export', 'import', 'push', 'pull'],
    },
    {
      name: '[words...]',
      description:
        'of pin: what, and a name; of export and import: the folder, and a program; of push and pull: a program',
    },
  ],
  options: [
    { flags: '--older <time>', description: 'of gc: what was not used for so long goes, as in 30d or 12h' },
    { flags: '--keep <bytes>', description: 'of gc: no more than this stays, as in 20GB' },
    { flags: '-n, --dry-run', description: 'of gc: show what would go, and remove nothing' },
    ...programOptions,
    ...remoteOptions,
    common.json,
  ],
  examples: [
    ['llmpipe cache size', 'the store of this folder'],
    ['llmpipe cache gc --older 30d --keep 50GB --dry-run', 'what would go'],
    ['llmpipe cache pin pipeline.llmpipe base "the one we shipped"', 'keep it'],
    ['llmpipe cache export /mnt/share/cache pipeline.llmpipe', 'what that program made'],
    ['llmpipe cache import /mnt/share/cache', ''],
    ['llmpipe cache pull pipeline.llmpipe --remote s3://models/cache', 'before a journey'],
  ],
  async run([action = '', ...words], options) {
    const act = Object.hasOwn(acts, action) ? acts[action] : undefined
    if (act === undefined)
      throw new Refusal(`there is no \`cache ${action}\``, `There are ${Object.keys(acts).join(', ')}.`)
    const { storeFor } = await import('../program/store-folder.ts')
    return act(storeFor(options), words, options)
  },
}

const acts: Readonly<Record<string, Act>> = {
  size,
  gc,
  verify,
  pin,
  unpin,
  export: exportTo,
  import: importFrom,
  push,
  pull,
}

async function size(store: FolderStore, _: readonly string[], options: Options): Promise<number> {
  const { inventory } = await import('../../store/care/inventory.ts')
  const { bytes, count } = await import('../../view/format.ts')
  const { table } = await import('../../view/table.ts')
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
  const what = {
    work: 'checkpoints of unfinished stages',
    failed: 'logs of failed stages',
    runs: 'logs of runs',
    people: 'what people said',
    damaged: 'found damaged',
    trash: 'rubbish',
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
        ...Object.entries(what).flatMap(([name, words]) => {
          const own = other[name as keyof typeof other]
          return own > 0 ? [[words, '', bytes(own)]] : []
        }),
      ],
      tableColumns(60),
    ),
  )
  return exit.done
}

/** What lies on each shelf, in words, and how much of it there is. */
const shelfWords: Readonly<Record<ShelfName, string>> = {
  parts: 'parts of passes',
  states: 'states of trainings',
}

function sumsOf(entries: readonly StoredEntry[]) {
  return (Object.keys(shelfWords) as ShelfName[]).map((shelf) => {
    const own = entries.filter((each) => each.shelf === shelf)
    return { shelf, count: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) }
  })
}

async function gc(store: FolderStore, _: readonly string[], options: Options): Promise<number> {
  const { inventory } = await import('../../store/care/inventory.ts')
  const { digestsUnderWay } = await import('../../run/log/past-runs.ts')
  const { collect, planCollection, readPins, sweep } = await import('../../store/care/collect.ts')
  const { forgetFailures } = await import('../../store/failures.ts')
  const { bytes, count } = await import('../../view/format.ts')
  const older = text(options, 'older')
  const keep = text(options, 'keep')
  if (older === undefined && keep === undefined)
    throw new Refusal('what should go?', 'Say --older 30d, --keep 20GB, or both.')
  const now = Date.now()
  const limits = {
    before: older === undefined ? undefined : now - milliseconds(older),
    bytes: keep === undefined ? undefined : bytesOf(keep),
  }
  const seen = inventory(store)
  const pinned = new Set(Object.values(readPins(store)).flat())
  // What runs under way have is young; where the clock was set meanwhile, its times do not say so.
  const kept = new Set([...pinned, ...digestsUnderWay(store.root)])
  const plan = planCollection(seen, limits, kept, now)
  const dry = options.dryRun === true
  const done = dry ? plan : collect(store, plan, now)
  if (!dry) {
    sweep(store)
    if (limits.before !== undefined) forgetFailures(store.root, limits.before)
  }
  if (options.json) {
    const digests = done.objects.map(({ digest }) => digest)
    const shelved = Object.fromEntries(sumsOf(done.entries).map(({ shelf, count }) => [shelf, count]))
    printJson({ removed: digests, ...shelved, bytes: done.bytes, left: done.left, dryRun: dry })
    return exit.done
  }
  const { shortDigest } = await import('../../view/format.ts')
  const { table } = await import('../../view/table.ts')
  const named = ({ actions: keys }: (typeof done.objects)[number]) =>
    [...new Set(keys.map((key) => seen.actions.get(key)!.node.name))].join(', ') || '(no record)'
  if (done.objects.length > 0)
    print(
      table(
        [
          { title: dry ? 'WOULD GO' : 'GONE', tone: 'bold', most: 40 },
          { title: 'DIGEST', tone: 'dim' },
          { title: 'SIZE', align: 'right' },
          { title: 'LAST USED' },
        ],
        done.objects.map((each) => [
          named(each),
          shortDigest(each.digest),
          bytes(each.bytes),
          new Date(each.used).toISOString().slice(0, 16).replace('T', ' '),
        ]),
        tableColumns(80),
      ),
    )
  const verb = dry ? 'would go' : 'went'
  const shelved = sumsOf(done.entries).flatMap((each) =>
    each.count > 0 ? [`${count(each.count)} ${shelfWords[each.shelf]}`] : [],
  )
  write(
    `${[`${count(done.objects.length)} artefacts`, ...shelved].join(', ')} ${verb}, ${bytes(done.bytes)}; ${bytes(done.left)} ${dry ? 'would stay' : 'stay'}${pinned.size > 0 ? `, ${pinned.size} pinned` : ''}\n`,
  )
  return exit.done
}

async function verify(store: FolderStore, _: readonly string[], options: Options): Promise<number> {
  const { inventory } = await import('../../store/care/inventory.ts')
  const { verify: check } = await import('../../store/care/verify.ts')
  const { count } = await import('../../view/format.ts')
  const seen = inventory(store)
  const damage = await check(store, seen)
  if (options.json) printJson({ artefacts: seen.objects.size, damaged: damage })
  else {
    for (const { digest, file, stages } of damage)
      write(`damaged: ${stages.join(', ') || digest.slice(0, 12)}: ${file}; moved aside, the next run makes it again\n`)
    write(`${count(seen.objects.size)} artefacts read, ${count(damage.length)} damaged\n`)
  }
  return damage.length > 0 ? exit.failed : exit.done
}

async function pin(store: FolderStore, words: readonly string[], options: Options): Promise<number> {
  const { readPins, writePins } = await import('../../store/care/collect.ts')
  const { digests, rest, name } = await whatIsMeant(store, words, options)
  const called = rest.join(' ') || name
  writePins(store, { ...readPins(store), [called]: digests })
  write(`pinned as "${called}": ${digests.length} artefact${digests.length === 1 ? '' : 's'}\n`)
  return exit.done
}

async function unpin(store: FolderStore, words: readonly string[]): Promise<number> {
  const { readPins, writePins } = await import('../../store/care/collect.ts')
  const name = words.join(' ')
  const pins = readPins(store)
  if (!Object.hasOwn(pins, name)) {
    const names = Object.keys(pins).map((each) => `"${each}"`)
    throw new Refusal(`nothing is pinned as "${name}"`, names.length > 0 ? `There is ${names.join(', ')}.` : undefined)
  }
  const { [name]: _, ...left } = pins
  writePins(store, left)
  write(`unpinned "${name}"\n`)
  return exit.done
}

/** The digests of an artefact, or of all that a run had: `20261124-141523-1757e8`. */
async function whatIsMeant(store: FolderStore, words: readonly string[], options: Options) {
  const [first = ''] = words
  const { digestsOfRun } = await import('../../run/log/past-runs.ts')
  const ofRun = digestsOfRun(store.root, first)
  if (ofRun !== undefined) return { digests: ofRun, rest: words.slice(1), name: first }
  const { findArtefact, wordsForArtefact } = await import('../artefact.ts')
  const count = wordsForArtefact(words)
  const found = await findArtefact(words.slice(0, count), { ...options, store: store.root })
  const digests = found.artefacts.flatMap(({ digest }) => digest ?? [])
  if (digests.length === 0) throw new Refusal(`${first} is not in the store`)
  return { digests, rest: words.slice(count), name: found.name }
}

async function exportTo(
  ofFolder: FolderStore,
  [folder, program]: readonly string[],
  options: Options,
): Promise<number> {
  if (folder === undefined) throw new Refusal('to which folder?', 'For example: llmpipe cache export /mnt/share/cache.')
  const { inventory } = await import('../../store/care/inventory.ts')
  const { storeFor, storeIn } = await import('../program/store-folder.ts')
  const store = program === undefined ? ofFolder : storeFor(options, program)
  const keys = program === undefined ? inventory(store).actions.keys() : await keysOfProgram(program, options)
  return say(await carried(store, storeIn(folder), 'to', keys), 'exported')
}

async function importFrom(store: FolderStore, [folder]: readonly string[]): Promise<number> {
  if (folder === undefined)
    throw new Refusal('from which folder?', 'For example: llmpipe cache import /mnt/share/cache.')
  const { inventory } = await import('../../store/care/inventory.ts')
  const { storeIn } = await import('../program/store-folder.ts')
  const other = storeIn(folder)
  return say(await carried(store, other, 'from', inventory(other).actions.keys()), 'imported')
}

async function carried(store: FolderStore, other: FolderStore, way: 'to' | 'from', keys: Iterable<Key>) {
  const { carry } = await import('../../store/care/carry.ts')
  return way === 'to' ? carry(store, other, keys) : carry(other, store, keys)
}

function say(done: { actions: number; objects: number; refused: readonly Key[] }, verb: string): number {
  write(`${done.actions} records and ${done.objects} artefacts ${verb}\n`)
  if (done.refused.length === 0) return exit.done
  write(`${done.refused.length} were not whole, and were left out\n`)
  return exit.failed
}

async function push(ofFolder: FolderStore, [program]: readonly string[], options: Options): Promise<number> {
  const { inventory } = await import('../../store/care/inventory.ts')
  const { storeFor } = await import('../program/store-folder.ts')
  const { withRemote } = await import('../cache-remote.ts')
  const store = program === undefined ? ofFolder : storeFor(options, program)
  return withRemote(store, options, async (remote) => {
    const keys = program === undefined ? inventory(store).actions.keys() : await keysOfProgram(program, options)
    for (const key of keys) {
      const action = await store.lookup(key)
      // As if it had just been made: each of its files is asked for, whatever is known from earlier.
      if (action !== undefined) remote.push(action, true)
    }
  })
}

async function pull(_: FolderStore, [program]: readonly string[], options: Options): Promise<number> {
  if (program === undefined)
    throw new Refusal('for which program?', 'For example: llmpipe cache pull pipeline.llmpipe.')
  const { prepareStore } = await import('../../store/layout.ts')
  const { storeFor } = await import('../program/store-folder.ts')
  const { withRemote } = await import('../cache-remote.ts')
  const store = storeFor(options, program)
  prepareStore(store.root)
  return withRemote(store, options, async (remote, say) => {
    await keysOfProgram(program, options, async (key, misfit) => {
      const { action, problem } = await remote.pull(key, { misfit })
      if (problem !== undefined) say(`${key.slice(0, 12)} was not taken: ${problem}`)
      return action
    })
  })
}

/** The keys of what a program as it is now has made; `elsewhere` gives what the store does not have. */
async function keysOfProgram(
  program: string,
  options: Options,
  elsewhere?: StatusOptions['elsewhere'],
): Promise<Key[]> {
  const { openProgram } = await import('../program/open-program.ts')
  const { currentActions, missingNote } = await import('../program/current.ts')
  const opened = await openProgram(program, options)
  if (opened === undefined) throw new Refusal(`${program} has errors`)
  const { actions, missing } = await currentActions(opened, opened.plan, elsewhere)
  writeError(await missingNote(opened, missing))
  return actions.map(({ key }) => key)
}

function milliseconds(time: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)$/.exec(time.trim()) ?? []
  const units: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5, w: 6048e5 }
  if (units[unit] === undefined) throw new Refusal(`--older ${time} is no time`, 'For example: 12h, 30d, 8w.')
  return Number(number) * units[unit]
}

function bytesOf(size: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i.exec(size.trim()) ?? []
  const powers = ['b', 'k', 'm', 'g', 't'].indexOf(unit[0]?.toLowerCase() ?? '')
  if (powers < 0) throw new Refusal(`--keep ${size} is no size`, 'For example: 500MB, 20GB.')
  return Number(number) * (/i/i.test(unit) ? 1024 : 1000) ** powers
}
