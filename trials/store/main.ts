/**
 * Random corruptions of the files of a store, each followed by a command and two runs.
 *
 *     npm run trial store -- [--count N] [--seed N] [--only TRIAL]
 *
 * A command that succeeds has to have done what it does on a sound store, or has to report the corruption. No command may report a bug of
 * llmpipe, hang, or touch a file outside of the store.
 */

import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inventory } from '../../src/store/care/inventory.ts'
import { verify } from '../../src/store/care/verify.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { type Ended, type Hostile, hostileIn } from '../../test/attacks/hostile.ts'
import { contentsOf } from '../../test/folder-contents.ts'
import { Campaign, patience, pick, wrongEnd } from '../campaign.ts'
import { makePipeline, soundRun, wrongRun } from '../pipeline.ts'
import { copyProject, corruptions } from './corruptions.ts'

const campaign = new Campaign('store', 270)
const sound = await soundRun(makePipeline(campaign, true))
const template = sound.project
const kinds = ['layout', 'history.jsonl', 'stat.json', 'pins.json', 'memo', 'actions', 'objects', 'parts', 'runs']
await template.llmpipe(['cache', 'pin', 'a.llmpipe', 'base', 'the one'])
await template.llmpipe(['cache', 'export', 'shipped'])

/** The fault of a command that succeeded; `undefined` if it did its work. */
type Judge = (project: Hostile, ended: Ended) => Promise<string | undefined> | string | undefined

/** Checks that a command prints what it prints on a sound store, or reports that something is corrupt or missing. */
const samePrint =
  (expected: Ended): Judge =>
  ({ folder }, { stdout, stderr }) =>
    stdout.replaceAll(folder, template.folder) === expected.stdout ||
    /corrupt|not there|ha(s|ve) not run|to run|nothing/i.test(stdout + stderr)
      ? undefined
      : 'a command ends well and shows something else'

const wholeStore =
  (folder: string): Judge =>
  async (project) => {
    const root = join(project.folder, folder)
    if (!existsSync(root)) return undefined
    const store = openStore(root)
    const damaged = await verify(store, inventory(store))
    return damaged.length > 0 ? `a command ends well and leaves damaged artefacts in ${folder}` : undefined
  }

const reads = [
  'plan a.llmpipe',
  'ls a.llmpipe',
  'show a.llmpipe cleaned',
  'show a.llmpipe base',
  'why a.llmpipe tokens',
]
const prints = await Promise.all(
  reads.map(async (line) => [line.split(' '), samePrint(await template.llmpipe(line.split(' ')))] as const),
)
const fine: Judge = () => undefined
const commands: readonly (readonly [readonly string[], Judge])[] = [
  [['run', 'a.llmpipe', '--json'], (project, ended) => wrongRun(sound, project, ended)],
  ...prints,
  [['cache', 'verify'], wholeStore('.llmpipe')],
  [['cache', 'export', 'ex', 'a.llmpipe'], wholeStore('ex')],
  [['cache', 'import', 'shipped', '--store', 'new'], wholeStore('new')],
  [['cache', 'gc', '--older', '0d'], fine],
  [['cache', 'size'], fine],
  [['log'], fine],
]

const ways = Object.entries(corruptions)

await campaign.trials(async (index, random) => {
  const top = campaign.folder()
  const [folder, outside] = [join(top, 'project'), join(top, 'outside')]
  copyProject(template.folder, folder)
  const project = hostileIn(folder, template.home, {}, patience)
  mkdirSync(outside)
  writeFileSync(join(outside, 'precious.txt'), 'precious')
  const before = contentsOf(outside)
  // Every sort of file is damaged in every way, with a command on each.
  const kind = kinds[index % kinds.length]!
  const [name, corrupt] = ways[Math.floor(index / kinds.length) % ways.length]!
  const [args, judge] = pick(random, commands)
  // If the command reads the copy, the copy is damaged.
  const root = join(folder, args.includes('import') ? 'shipped' : '.llmpipe')
  const all = filesIn(root)
  const some = all.filter((path) => path.slice(root.length + 1).startsWith(kind))
  const path = pick(random, some.length > 0 ? some : all)
  const isOfThisFile = /stat\.json|memo/.test(path)
  // What the files are known by has to be that of this copy, or it is not looked at.
  if (isOfThisFile) await project.llmpipe(['run', 'a.llmpipe', '--json'])
  if (random.below(2) === 0) rmSync(join(folder, 'out'), { recursive: true, force: true })
  const where = `trial ${index}: ${path.slice(folder.length + 1)} ${name}; ${args.join(' ')}`
  const others = all.filter((each) => each !== path)
  corrupt({ path, root, other: pick(random, others), outside, random })
  const look = (ended: Ended, what: string | undefined) => {
    const wrong = wrongEnd(ended) ?? what
    if (wrong !== undefined) campaign.fault(where, wrong, `${ended.stdout.slice(-1500)}\n${ended.stderr}`)
  }
  const ended = await project.llmpipe(args)
  campaign.tally(`${args.slice(0, args[0] === 'cache' ? 2 : 1).join(' ')}, ended with ${ended.code}`)
  look(ended, ended.code === 0 ? await judge(project, ended) : undefined)
  for (const round of ['first', 'second', 'third']) {
    // Damage that no run finds is moved aside by the command that the error names.
    if (round === 'third') await project.llmpipe(['cache', 'verify'])
    const ran = await project.llmpipe(['run', 'a.llmpipe', '--json', '--overwrite'])
    look(ran, wrongRun(sound, project, ran))
    if (ran.code === 0) break
    campaign.tally(`the ${round} run after it fails`)
    if (round === 'third') look(ran, 'a store keeps runs from ending well for good')
  }
  if (contentsOf(outside) !== before) campaign.fault(where, 'a file outside is touched', contentsOf(outside))
  const beside = readdirSync(top).sort()
  if (`${beside}` !== 'outside,project') campaign.fault(where, 'a file outside is made', `${beside}`)
  campaign.tally('corruptions')
  rmSync(top, { recursive: true, force: true })
})
campaign.end()

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort()
}
