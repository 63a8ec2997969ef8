/** Commands that look after the store: removal, pins, corrupt artefacts, and transfers to other machines. */

import { chmodSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { collect, planCollection } from '../../../src/store/care/collect.ts'
import { inventory } from '../../../src/store/care/inventory.ts'
import { openStore } from '../../../src/store/folder-store.ts'
import { makeProject, outcomes, type Project, prose, training } from '../rig.ts'

const projects: Project[] = []
afterAll(() => {
  for (const each of projects) each.remove()
})
let project: Project
const store = () => openStore(join(project.folder, '.llmpipe'))
/** Two of seven outputs are the same as others: cleaning drops nothing, and the export is the weights. */
const objects = () => [...inventory(store()).objects.values()]
/** Makes everything in the store look unused for some days. */
function age(days: number, digests = objects().map(({ digest }) => digest)): void {
  const then = new Date(Date.now() - days * 864e5)
  for (const digest of digests) utimesSync(store().objectFolder(digest), then, then)
  if (digests.length < objects().length) return
  for (const { shelf, name } of inventory(store()).entries) utimesSync(store().shelf(shelf).folder(name), then, then)
}
const digestOf = (name: string) => {
  const found = [...inventory(store()).actions.values()].find(({ node }) => node.name === name)
  return Object.values(found!.outputs)[0]!.digest
}
const run = () => {
  const { code, events } = project.events(['a.llmpipe'])
  expect(code).toBe(0)
  return outcomes(events)
}

beforeEach(() => {
  project = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
  projects.push(project)
  run()
})

describe('cache gc', () => {
  test('shows what would go, removes it, and the next run makes it again in the same bytes', () => {
    const before = digestOf('base')
    expect(project.llmpipe(['cache', 'gc', '--older', '1d', '--dry-run']).stdout).toContain(
      '0 artefacts would be removed',
    )
    age(3)
    const preview = project.llmpipe(['cache', 'gc', '--older', '1d', '--dry-run']).stdout
    expect(preview).toContain('WOULD BE REMOVED')
    expect(preview).toMatch(/base +[0-9a-f]{12}/)
    expect(objects()).toHaveLength(5)
    const { code, stdout } = project.llmpipe(['cache', 'gc', '--older', '1d', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ left: 0, dryRun: false })
    expect(objects()).toEqual([])
    expect(inventory(store()).actions.size).toBe(0)
    expect(Object.values(run())).toEqual(Array(7).fill('finished'))
    expect(digestOf('base')).toBe(before)
  })

  test('removes what was used longest ago until the rest fits, and what is pinned never', () => {
    age(3)
    const base = digestOf('base')
    expect(project.llmpipe(['cache', 'pin', 'a.llmpipe', 'base', 'the', 'first']).stdout).toContain('"the first"')
    age(3)
    age(9, [digestOf('tokens')])
    const size = [...objects(), ...inventory(store()).entries].reduce((sum, { bytes }) => sum + bytes, 0)
    project.llmpipe(['cache', 'gc', '--keep', `${size - 1}B`])
    expect(existsSync(store().objectFolder(digestOf('base')))).toBe(true)
    expect(objects()).toHaveLength(4)
    expect(project.llmpipe(['show', 'tokens']).code).toBe(2)
    project.llmpipe(['cache', 'gc', '--keep', '1B'])
    expect(objects().map(({ digest }) => digest)).toEqual([base])
    project.llmpipe(['cache', 'unpin', 'the', 'first'])
    age(3)
    project.llmpipe(['cache', 'gc', '--keep', '1B'])
    expect(objects()).toEqual([])
  })

  test('keeps all of a pinned run', () => {
    const [id] = readdirSync(join(project.folder, '.llmpipe/runs'))
    project.llmpipe(['cache', 'pin', id!])
    age(30)
    expect(project.llmpipe(['cache', 'gc', '--older', '1d']).stdout).toMatch(/^0 artefacts, \d parts of passes removed/)
    expect(new Set(Object.values(run()))).toEqual(new Set(['cached']))
  })

  test('leaves alone what a run takes while it is at work', () => {
    age(3)
    const plan = planCollection(inventory(store()), { before: Date.now() }, new Set())
    expect(plan.objects).toHaveLength(5)
    // A run looks all of it up between the plan and its doing.
    expect(new Set(Object.values(run()))).toEqual(new Set(['cached']))
    expect(collect(store(), plan).objects).toEqual([])
    expect(objects()).toHaveLength(5)
  })

  test('says what it needs', () => {
    expect(project.llmpipe(['cache', 'gc']).stderr).toContain('--older 30d')
    expect(project.llmpipe(['cache', 'gc', '--older', 'soon']).code).toBe(2)
    expect(project.llmpipe(['cache', 'gc', '--keep', 'little']).code).toBe(2)
    expect(project.llmpipe(['cache', 'wipe']).stderr).toContain("unknown command 'wipe'")
  })
})

describe('cache verify', () => {
  test('finds a bit that flipped, moves it aside, and the next run makes that alone again', () => {
    expect(project.llmpipe(['cache', 'verify']).stdout).toContain('5 artefacts read, 0 corrupt')
    const file = join(store().objectFolder(digestOf('base')), 'model.safetensors')
    chmodSync(file, 0o644)
    const bytes = readFileSync(file)
    bytes[4000]! ^= 1
    writeFileSync(file, bytes)
    const { code, stdout } = project.llmpipe(['cache', 'verify'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^corrupt: .*base: model\.safetensors/)
    const again = run()
    expect(again.base).toBe('finished')
    expect(again.tokens).toBe('cached')
    expect(project.llmpipe(['cache', 'verify']).code).toBe(0)
  })
})

describe('cache export and import', () => {
  test('carry what a program made to another project, where nothing runs any more', () => {
    const target = join(project.folder, 'carried')
    expect(project.llmpipe(['cache', 'export', target, 'a.llmpipe']).stdout).toBe(
      '7 records and 5 artefacts exported\n',
    )
    const other = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
    projects.push(other)
    expect(other.llmpipe(['cache', 'import', target]).stdout).toBe('7 records and 5 artefacts imported\n')
    expect(other.llmpipe(['cache', 'import', target]).stdout).toBe('0 records and 0 artefacts imported\n')
    const { events } = other.events(['a.llmpipe'])
    expect(new Set(Object.values(outcomes(events)))).toEqual(new Set(['cached']))
  })

  test('take nothing that is not whole', () => {
    const target = join(project.folder, 'carried')
    project.llmpipe(['cache', 'export', target])
    const file = join(openStore(target).objectFolder(digestOf('base')), 'config.json')
    chmodSync(file, 0o644)
    writeFileSync(file, '{}')
    const other = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
    projects.push(other)
    const { code, stdout } = other.llmpipe(['cache', 'import', target])
    expect(code).toBe(1)
    expect(stdout).toContain('2 were corrupt')
    expect(outcomes(other.events(['a.llmpipe']).events)).toMatchObject({ base: 'finished', tokens: 'cached' })
  })
})

describe('log and diff', () => {
  test('list runs, what one did, and how two differ', () => {
    project.events(['a.llmpipe', '-p', 'lr=1e-3'])
    const runs = JSON.parse(project.llmpipe(['log', '--json']).stdout)
    expect(runs).toMatchObject([
      { program: 'a.llmpipe', ran: 7, cached: 0, outcome: 'done' },
      { program: 'a.llmpipe', ran: 3, cached: 4, outcome: 'done' },
    ])
    const [first, second] = runs.map(({ run: id }: { run: string }) => id)
    const { stages } = JSON.parse(project.llmpipe(['log', second, '--json']).stdout)
    expect(stages.find(({ stage }: { stage: string }) => stage === 'base')).toMatchObject({
      outcome: 'finished',
      reason: expect.stringContaining('optimizer.lr: 0.003 → 0.001'),
    })
    const said = project.llmpipe(['diff', first, second]).stdout
    expect(said).toMatch(/^base\n {2}optimizer\.lr: 0\.003 → 0\.001\n {2}train_loss: /)
    expect(said).not.toContain('tokens\n')
    expect(project.llmpipe(['diff', first, first]).stdout).toContain('the same outputs')
    expect(project.llmpipe(['log', 'nothing']).code).toBe(2)
  })

  test('a stage that one run did not finish is not gone from it', () => {
    const other = makeProject({ 'b.llmpipe': 'data d = read("b.txt", split: lines)\ndata e = d |> shuffle(seed: 1)\n' })
    projects.push(other)
    other.events(['b.llmpipe'])
    other.write('b.txt', 'one\ntwo\n')
    other.events(['b.llmpipe'])
    const [first, second] = JSON.parse(other.llmpipe(['log', '--json']).stdout).map(({ run }: { run: string }) => run)
    const said = 'd\n  failed in the first run\ne\n  skipped in the first run\n'
    expect(other.llmpipe(['diff', first, second]).stdout).toBe(said)
  })
})
