/**
 * Lying remote caches: folders with false records and blobs, each with a run in an empty store on it.
 *
 *     npm run trial remote -- [--count N] [--seed N] [--only TRIAL]
 *
 * A run may take no output that a sound run would not have made, may write no file outside of the store and the exports, and may not fail.
 */

import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inventory } from '../../src/store/care/inventory.ts'
import { verify } from '../../src/store/care/verify.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { hostileIn } from '../../test/attacks/hostile.ts'
import { contentsOf } from '../../test/folder-contents.ts'
import { Campaign, patience, wrongEnd } from '../campaign.ts'
import { digestsIn, makePipeline, soundRun, wrongRun } from '../pipeline.ts'
import { filesBelow, poisons } from './poisons.ts'

const campaign = new Campaign('remote', 216)
const template = makePipeline(campaign, false)
mkdirSync(join(template.folder, 'remote'))
const sound = await soundRun(template, ['--remote', 'remote'])
if (filesBelow(join(template.folder, 'remote')).length === 0) throw new Error('nothing was pushed')

await campaign.trials(async (index, random) => {
  const top = campaign.folder()
  const [folder, remote, outside] = [join(top, 'project'), join(top, 'remote'), join(top, 'outside')]
  mkdirSync(outside)
  writeFileSync(join(outside, 'precious.txt'), 'precious')
  cpSync(join(template.folder, 'remote'), remote, { recursive: true })
  for (const name of ['a.llmpipe', 'data']) cpSync(join(template.folder, name), join(folder, name), { recursive: true })
  const project = hostileIn(folder, template.home, {}, patience)
  const before = contentsOf(outside)
  const [name, poison] = poisons[index % poisons.length]!
  const paths = { records: filesBelow(join(remote, 'actions')), blobs: filesBelow(join(remote, 'blobs')) }
  poison({ ...paths, outside, random })
  const where = `trial ${index}: ${name}`
  const run = (args: readonly string[]) =>
    project.llmpipe(['run', 'a.llmpipe', '--json', ...args], { LLMPIPE_REMOTE_TIMEOUT: '2' })
  for (const args of [['--remote', remote], []]) {
    const ran = await run(args)
    const wrong = wrongEnd(ran) ?? wrongRun(sound, project, ran) ?? (ran.code === 0 ? undefined : 'a run fails')
    if (wrong !== undefined) campaign.fault(where, wrong, `${ran.stdout.slice(-2500)}\n${ran.stderr}`)
    if (args.length > 0) campaign.tally('stages that were right', digestsIn(ran).size)
  }
  const store = openStore(join(folder, '.llmpipe'))
  if ((await verify(store, inventory(store))).length > 0) campaign.fault(where, 'a damaged artefact is in the store')
  if (contentsOf(outside) !== before) campaign.fault(where, 'a file outside is touched', contentsOf(outside))
  const beside = [...readdirSync(top), ...readdirSync(folder)].sort()
  if (`${beside}` !== '.llmpipe,a.llmpipe,data,out,outside,project,remote')
    campaign.fault(where, 'a file outside is made', `${beside}`)
  campaign.tally('poisoned remotes')
  rmSync(top, { recursive: true, force: true })
})
campaign.end()
