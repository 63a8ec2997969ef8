/** Growth, with the real command: files added to a corpus, a killed cleaning, more steps of a training. */

import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { StageReport } from '../../../../src/core/report.ts'
import { type Event, makeProject, type Project, prose, training } from '../../rig.ts'

// Each starts several runs of several processes.
vi.setConfig({ testTimeout: 240_000 })

const projects: Project[] = []
afterAll(() => {
  for (const each of projects) each.remove()
})
function projectOf(files: Readonly<Record<string, string>>): Project {
  const project = makeProject(files)
  projects.push(project)
  return project
}

const digests = (events: readonly Event[]) =>
  Object.fromEntries(events.flatMap(({ stage, digest }) => (stage && digest ? [[stage, digest]] : [])))
const reused = (events: readonly Event[], of: string) =>
  (events.find(({ event, stage }) => event === 'finished' && stage === of)!.report as StageReport).reused

describe('a corpus', () => {
  const program = 'data prose = read("data/*.txt", split: lines) |> keep(where: characters >= 5)'
  /** More than 4 MiB, so that it is a part by itself; of few documents, so that they are soon done. */
  const file = (name: string) =>
    Array.from({ length: 600 }, (_, line) =>
      `Line ${line} of ${name} says that whales are large, and it is “so”. `.repeat(120),
    ).join('\n')
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const files = () => Object.fromEntries(names.map((name) => [`data/${name}.txt`, file(name)]))

  test('whose cleaning was killed continues from its finished parts, and an added file is the only one cleaned', async () => {
    let grown = await killedWhileCleaning()
    // On a busy machine the signal may come when all parts are made.
    for (let tries = 0; partsIn(grown) === 6 && tries < 5; tries++) grown = await killedWhileCleaning()

    const again = grown.events(['a.llmpipe'])
    expect(again.code).toBe(0)
    const { parts: survived, of } = reused(again.events, 'prose')!
    expect(of).toBe(6)
    expect(survived).toBeGreaterThanOrEqual(2)
    expect(survived).toBeLessThan(6)

    grown.write('data/i.txt', file('i'))
    const added = grown.events(['a.llmpipe']).events
    expect(reused(added, 'prose')).toEqual({ parts: 6, of: 7 })
    // Forced, nothing is taken from before.
    const forced = grown.events(['a.llmpipe', '--force', 'prose']).events
    expect(reused(forced, 'prose')).toBeUndefined()
    expect(digests(forced)).toEqual(digests(added))
  })

  /** A project whose run was killed with its stage `prose` when two parts of the stage were made. */
  async function killedWhileCleaning(): Promise<Project> {
    const grown = projectOf({ 'a.llmpipe': program, ...files() })
    const child = grown.start(['run', 'a.llmpipe', '--json'])
    const over = new Promise((resolve) => child.once('close', resolve))
    let text = ''
    child.stdout!.on('data', (piece) => {
      text += piece
    })
    while (partsIn(grown) < 2 && child.exitCode === null) await sleep(5)
    const pid = /"stage":"prose".*"pid":(\d+)/.exec(text)?.[1]
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended: all parts are made.
    }
    child.kill('SIGKILL')
    await over
    return grown
  }

  /** The number of whole parts: their folder of two letters is made before them. */
  function partsIn({ folder }: Project): number {
    const parts = join(folder, '.llmpipe/parts')
    if (!existsSync(parts)) return 0
    return readdirSync(parts).reduce((count, letters) => count + readdirSync(join(parts, letters)).length, 0)
  }
})

describe('a training', () => {
  const program = (schedule: string) => training.replace('batch:     4', `batch:     4\n  schedule:  ${schedule}`)
  const started = (events: readonly Event[]) =>
    events.find(({ event, stage }) => event === 'started' && stage === 'base')!
  const run = (project: Project, steps: number) => {
    const { code, events } = project.events(['a.llmpipe', '-p', `steps=${steps}`])
    expect(code).toBe(0)
    return events
  }

  test.each([
    ['constant(warmup: 2)', 10, 20, 10],
    ['wsd(decay: 20%)', 10, 20, 8],
  ])(
    'of more steps under %s goes on with the cached one, to the bytes of one from nothing',
    (schedule, few, many, from) => {
      const grown = projectOf({ 'a.llmpipe': program(schedule), 'data/book.txt': prose })
      run(grown, few)
      const plan = grown.llmpipe(['plan', 'a.llmpipe', '-p', `steps=${many}`]).stdout
      expect(plan).toContain(`continues from step ${from}`)
      const longer = run(grown, many)
      expect(started(longer)).toMatchObject({
        resumedFrom: from,
        reason: expect.stringContaining(`steps: ${few} → ${many}`),
      })
      const undisturbed = projectOf({ 'a.llmpipe': program(schedule), 'data/book.txt': prose })
      const whole = run(undisturbed, many)
      expect(started(whole).resumedFrom).toBeUndefined()
      expect(digests(longer)).toEqual(digests(whole))
      const losses = (events: readonly Event[], { folder }: Project) => {
        const key = started(events).key as string
        const text = readFileSync(join(folder, '.llmpipe/actions', key.slice(0, 2), key, 'metrics.jsonl'), 'utf8')
        const lines = text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
        // What is reported every four steps; the shorter one reported its last step besides.
        return lines.filter(({ step, loss }) => step % 4 === 0 && loss !== undefined).map(({ step }) => step)
      }
      expect(losses(longer, grown)).toEqual(losses(whole, undisturbed))
      expect(grown.llmpipe(['cache', 'size']).stdout).toMatch(/states of trainings +1 /)
    },
  )

  test('starts over under cosine, and if its text has grown', () => {
    const project = projectOf({ 'a.llmpipe': program('cosine(warmup: 2)'), 'data/book.txt': prose })
    run(project, 10)
    expect(started(run(project, 20)).resumedFrom).toBeUndefined()
    project.write('a.llmpipe', program('constant()'))
    run(project, 10)
    appendFileSync(join(project.folder, 'data/book.txt'), '\n\nAnd one more line of the book, about the sea.\n')
    expect(started(run(project, 20)).resumedFrom).toBeUndefined()
  })
})
