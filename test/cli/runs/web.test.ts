/** pipelines/web.llmpipe through the real command: from a crawl to tokens, and what each step drops. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { StageReport } from '../../../src/core/report.ts'
import { makeProject, outcomes } from '../rig.ts'

const project = makeProject({ 'web.llmpipe': readFileSync('pipelines/web.llmpipe', 'utf8') })
afterAll(() => project.remove())

test('the crawl that comes with llmpipe becomes tokens, and the ledgers say where its pages went', () => {
  const { code, events } = project.events(['web.llmpipe', '-p', `crawl=${resolve('pipelines/data/web.warc.gz')}`])
  expect(code).toBe(0)
  expect(new Set(Object.values(outcomes(events)))).toEqual(new Set(['finished']))
  expect(events.filter(({ event, level }) => event === 'log' && level !== 'info')).toEqual([])
  const ledgerOf = (name: string) => {
    const { report } = events.find(({ event, stage }) => event === 'finished' && stage === name)!
    return (report as StageReport).ledger!
  }
  const [pages, english, web] = ['pages', 'english', 'web'].map(ledgerOf) as ReturnType<typeof ledgerOf>[]
  // The home page and the search of the novel, its 20 chapters, the speeches and their list, the mirror, two worthless sites, four languages.
  expect(pages!.in.documents).toBe(2 + 20 + 1 + 9 + 6 + 2 + 4)
  expect(pages!.malformed.count).toBe(0)
  // Three lists of links, two worthless sites, three languages that are not English.
  expect(english!.in.documents - english!.out.documents).toBe(3 + 2 + 3)
  const copies = web!.dropped.find(({ rule }) => rule === 'dedup: near copies')!
  expect(copies.documents).toBe(6)
  expect(copies.samples.every(({ value }) => value?.startsWith('copy of '))).toBe(true)
})

test('the funnel goes from the archive to the tokens, and the way to one stage has only what that stage needs', () => {
  const crawl = ['-p', `crawl=${resolve('pipelines/data/web.warc.gz')}`]
  const { code, stdout, stderr } = project.llmpipe(['funnel', 'web.llmpipe', ...crawl])
  expect([code, stderr]).toEqual([0, ''])
  const names = stdout.split('\n').map((line) => line.trim().split(/ {2,}/)[0])
  for (const name of ['1 file', 'pages', '− dedup: near copies', 'web', 'train,held_out', 'train_tokens'])
    expect(names).toContain(name)
  const { stages } = JSON.parse(project.llmpipe(['funnel', 'web.llmpipe', 'web', ...crawl, '--json']).stdout)
  expect(stages.map(({ name }: { name: string }) => name)).toEqual(['pages', 'english', 'web'])
  expect(stages[1].rules.at(-1).left).toBe(stages[1].out.documents)
  const unmade = project.llmpipe(['funnel', 'web.llmpipe', '-p', 'crawl=other.warc'])
  expect([unmade.code, unmade.stdout]).toEqual([0, ''])
  expect(unmade.stderr).toContain('have not run with the program as it is')
  expect(project.llmpipe(['funnel', 'web.llmpipe', 'nothing', ...crawl]).code).toBe(2)
})
