/** Several runs of one project at the same time, with the store looked after beside them: each stage is done once in total. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Event, eventsIn, makeProject, type Project, prose, training } from '../rig.ts'

const projects: Project[] = []
afterAll(() => {
  for (const each of projects) each.remove()
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(project: Project, args: readonly string[]): Promise<Ended> {
  const child = project.start(args)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.on('data', (piece: Buffer) => {
      said[name] += piece
    })
  }
  return new Promise((done) => child.once('close', (code) => done({ code, ...said })))
}

test.each([2, 8])(
  '%i runs at once do every stage once in total, and all end with the same',
  async (many) => {
    const project = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
    projects.push(project)
    let areOver = false
    const runs = Array.from({ length: many }, () => start(project, ['run', 'a.llmpipe', '--json']))
    const upkeep = (async () => {
      const ended: Ended[] = []
      while (!areOver) {
        for (const args of [
          ['gc', '--keep', '1B'],
          ['verify', '--json'],
        ])
          ended.push(await start(project, ['cache', ...args]))
        await sleep(50)
      }
      return ended
    })()
    const ended = await Promise.all(runs)
    areOver = true
    for (const { code, stderr } of [...ended, ...(await upkeep)]) expect(code, stderr).toBe(0)

    const events = ended.map(({ stdout }) => eventsIn(stdout))
    const finished = events.flat().flatMap(({ event, stage }) => (event === 'finished' ? [stage!] : []))
    expect(finished.sort()).toEqual(
      ['raw', 'prose', 'letters', 'tokens', 'base', 'expect base.valid_loss', 'export base'].sort(),
    )
    const digests = (of: readonly Event[]) =>
      Object.fromEntries(of.flatMap(({ stage, digest }) => (stage && digest ? [[stage, digest]] : [])))
    for (const each of events) {
      expect(digests(each)).toEqual(digests(events[0]!))
      expect(each.at(-1)).toMatchObject({ event: 'run-finished', failed: 0, skipped: 0 })
    }
  },
  180_000,
)
