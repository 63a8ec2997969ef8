/** `rank` in a run: by people, through the page's own calls, and by rules. */

import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { rougeL } from '../../src/data/overlap/rouge.ts'
import { ranksWithin } from '../../src/stages/judging/rank-judge.ts'
import { type Event, eventsIn, makeProject, outcomes } from '../cli/rig.ts'
import { call, startServer } from './page-client.ts'
import { program, records } from './program.ts'

const projects: ReturnType<typeof makeProject>[] = []
const project = (by: string, more?: string) => {
  const made = makeProject({ 'a.llmpipe': program(by, more), 'words.jsonl': records })
  projects.push(made)
  return made
}
afterAll(() => {
  for (const each of projects) each.remove()
})

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function served(folder: string, args: readonly string[]) {
  return startServer(folder, args, (child) => children.push(child))
}

const ranksFor = (task: { responses: string[] }) => task.responses.map((_, i) => i + 1)

describe('by people', () => {
  const here = project('people(at_least: 3)', 'data other = pairs |> prompts() |> sample(2, seed: 1)')
  const run = () => served(here.folder, ['run', 'a.llmpipe', '--json'])
  let first: string

  test('the run prints the address, continues with other stages, and loses no ranking when it is killed', async () => {
    const { child, address, over, stdout } = await run()
    const { state } = await call(address, 'next', { annotator: 'Ada' })
    const after = await call(address, 'rank', {
      annotator: 'Ada',
      task: state.task.id,
      ranks: ranksFor(state.task),
      flagged: [0],
    })
    expect(after.state).toMatchObject({ progress: { done: 1, needed: 3 }, canUndo: true })
    await expect.poll(() => outcomes(eventsIn(stdout())).other).toBe('finished')
    expect(eventsIn(stdout()).find(({ event }) => event === 'waiting')).toMatchObject({ stage: 'ranked', on: 'people' })
    first = address
    child.kill('SIGKILL')
    await over
    // Others may read the store: who sees what is logged may not rank.
    const token = new URL(address).searchParams.get('token')!
    const store = join(here.folder, '.llmpipe')
    const texts = readdirSync(store, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path, 'utf8').includes(token))
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/server\.json$/)
    expect(statSync(texts[0]!).mode & 0o777).toBe(0o600)
  })

  test('requests without the token, or from another host, get no content', async () => {
    const { child, address, over } = await run()
    // The same address again: an open page goes on.
    expect(address).toBe(first)
    const { port } = new URL(address)
    expect((await call(`http://127.0.0.1:${port}/?token=wrong`, 'next', { annotator: 'A' })).status).toBe(401)
    expect((await call(address, 'next', { annotator: ' ' })).status).toBe(400)
    expect((await call(address, 'rank', { annotator: 'A', task: 'x', ranks: [1], flagged: [] })).status).toBe(400)
    const http = await import('node:http')
    const status = await new Promise((done) =>
      http
        .get(
          { port, host: '127.0.0.1', path: `/next${new URL(address).search}`, headers: { host: 'evil.example' } },
          (response) => done(response.statusCode),
        )
        .end(),
    )
    expect(status).toBe(403)
    child.kill('SIGINT')
    expect(await over).toBe(130)
  })

  test('llmpipe rank serves the page too, and exports the rankings', async () => {
    const { child, address, over } = await served(here.folder, ['rank', 'a.llmpipe'])
    const { state } = await call(address, 'next', { annotator: 'Bo' })
    expect(state.progress).toMatchObject({ done: 1, people: [{ name: 'Ada', ranked: 1 }] })
    await call(address, 'rank', { annotator: 'Bo', task: state.task.id, ranks: ranksFor(state.task), flagged: [] })
    const waiting = here.llmpipe(['run', 'a.llmpipe', '--plain'])
    expect(waiting.code).toBe(1)
    expect(waiting.stdout + waiting.stderr).toContain('served-elsewhere')
    expect(here.llmpipe(['rank', 'a.llmpipe']).stdout).toContain(`The page is served already: ${address}`)
    child.kill('SIGINT')
    expect(await over).toBe(130)
    expect(here.llmpipe(['rank', 'a.llmpipe', '--export', 'all.jsonl']).stdout).toBe(
      '2 rankings written to all.jsonl\n',
    )
    // An export replaces older rankings, and never a file that holds something else.
    here.write('mine.jsonl', '{"mine": true}\n')
    const refused = here.llmpipe(['rank', 'a.llmpipe', '--export', 'mine.jsonl'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('holds something other than rankings')])
    expect(readFileSync(join(here.folder, 'mine.jsonl'), 'utf8')).toBe('{"mine": true}\n')
    expect(here.llmpipe(['rank', 'a.llmpipe', '--export', 'all.jsonl']).code).toBe(0)
    expect(here.llmpipe(['rank', 'a.llmpipe', '--export', 'mine.jsonl', '--overwrite']).code).toBe(0)
    const lines = readFileSync(join(here.folder, 'all.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).annotator).sort()).toEqual(['Ada', 'Bo'])
  })

  test('once enough is ranked the run finishes, and another number needs nobody again', async () => {
    const { address, over, stdout } = await run()
    const { state } = await call(address, 'next', { annotator: 'Ada' })
    const { state: last } = await call(address, 'rank', {
      annotator: 'Ada',
      task: state.task.id,
      ranks: ranksFor(state.task),
      flagged: [],
    })
    expect(last.isDone).toBe(true)
    expect(await over).toBe(0)
    const ranked = eventsIn(stdout()).find(
      ({ event, stage }) => event === 'finished' && stage === 'ranked',
    ) as Event & {
      report: object
    }
    expect(ranked.report).toMatchObject({ metrics: { rankings: 3, annotators: 2 } })
    here.write('a.llmpipe', program('people(at_least: 2)'))
    const { code, events } = here.events(['a.llmpipe'])
    expect(code).toBe(0)
    expect(outcomes(events).ranked).toBe('finished')
    expect(existsSync(join(here.folder, '.llmpipe/people'))).toBe(true)
    expect(here.llmpipe(['rank', 'a.llmpipe']).stdout).toContain('which is enough')
  })

  test('a torn line loses no other ranking: rank, its export and the run skip it and report it', () => {
    const people = join(here.folder, '.llmpipe/people')
    const said = join(people, readdirSync(people)[0]!, 'said.jsonl')
    const lines = readFileSync(said, 'utf8').split('\n')
    writeFileSync(said, ['{"event":"ranked","ti', ...lines].join('\n'))
    const warning = /1 line of .*said\.jsonl cannot be read \(1\); the others were taken/
    const served = here.llmpipe(['rank', 'a.llmpipe'])
    expect([served.code, served.stderr]).toEqual([0, expect.stringMatching(warning)])
    const exported = here.llmpipe(['rank', 'a.llmpipe', '--export', 'out.jsonl'])
    expect([exported.code, exported.stderr]).toEqual([0, expect.stringMatching(warning)])
    expect(readFileSync(join(here.folder, 'out.jsonl'), 'utf8').split('\n').length).toBeGreaterThan(3)
    here.write('a.llmpipe', program('people(at_least: 1)'))
    const { code, events } = here.events(['a.llmpipe'])
    expect(code).toBe(0)
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'log', level: 'warning', message: expect.stringMatching(warning) }),
    )
    const ended = events.find(({ event, stage }) => event === 'finished' && stage === 'ranked')
    expect(ended?.report).toMatchObject({ metrics: { damaged: 1 } })
  })
})

describe('by a rule', () => {
  test('a number ranks, within a margin ties', () => {
    expect(ranksWithin([3, 1, 2.9, 2.8, 0], 0)).toEqual([1, 4, 2, 3, 5])
    expect(ranksWithin([3, 1, 2.9, 2.8, 0], 0.15)).toEqual([1, 4, 1, 3, 5])
  })

  test('similarity is ROUGE-L', () => {
    // Lin 2004: of "police killed the gunman", "police kill the gunman" keeps three of four words in order.
    expect(rougeL('police kill the gunman', 'police killed the gunman')).toBeCloseTo(0.75, 12)
    expect(rougeL('the gunman kill police', 'police killed the gunman')).toBeCloseTo(0.5, 12)
    expect(rougeL('', 'a')).toBe(0)
  })

  test('expressions, references and reward models rank the answers', () => {
    const here = project(
      'judge(similarity - 0.01 * characters, reference: pairs)',
      `data short = rank(answers, by: judge(-characters))
stage reward = reward_model(chat, on: short) { held_out: 0.2 }
data scored = rank(answers, by: judge(reward_score + sentiment, reward: reward))
`,
    )
    const { code, events } = here.events(['a.llmpipe'])
    expect(events.filter(({ event }) => event === 'failed')).toEqual([])
    expect(code).toBe(0)
    const shown = here.llmpipe(['show', 'a.llmpipe', 'short'])
    expect(shown.stdout).toContain('Define whale.')
  })

  test('`people` may be written as a word, and `judge` needs a score', () => {
    const here = project('people', 'data others = rank(answers, by: people())\n')
    const check = here.llmpipe(['check', 'a.llmpipe', '--json'])
    expect([check.code, check.stderr]).toEqual([0, ''])
    const plan = JSON.parse(here.llmpipe(['plan', 'a.llmpipe', '--json']).stdout).nodes as {
      name: string
      params: object
    }[]
    const by = (name: string) => (plan.find((each) => each.name === name)?.params as { by: object } | undefined)?.by
    expect(by('ranked')).toMatchObject({ call: 'people', at_least: 200 })
    expect(by('ranked')).toEqual(by('others'))
    here.write('a.llmpipe', program('judge'))
    expect(here.llmpipe(['check', 'a.llmpipe']).stdout).toContain('`judge` needs `score`')
  })

  test('a missing input of a score is reported', () => {
    const here = project('judge(reward_score)')
    const { code, stdout } = here.llmpipe(['check', 'a.llmpipe', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(stdout).diagnostics[0].message).toContain('The score names `reward_score`')
    here.write('a.llmpipe', program('judge(words > 3)'))
    const wrong = here.llmpipe(['check', 'a.llmpipe', '--json'])
    expect(JSON.parse(wrong.stdout).diagnostics[0].message).toContain('a number, not a truth value')
  })
})
