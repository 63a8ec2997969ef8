/** Who ranks what, what is on disk, and how far people agree. */

import * as fs from 'node:fs'
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { krippendorffAlpha, rankingAlpha } from '../../src/people/agreement.ts'
import { type Disk, JudgementLog, NotSaved } from '../../src/people/judgement-log.ts'
import { Order } from '../../src/people/page/order.ts'
import { RankingSession, type SessionSettings } from '../../src/people/session.ts'
import { taskOf } from '../../src/people/task.ts'

const newFile = () => join(mkdtempSync(join(tmpdir(), 'llmpipe-people-')), 'said.jsonl')
const tasks = Array.from({ length: 5 }, (_, i) => ({
  id: `t${i}`,
  messages: [{ role: 'user', content: `${i}?` }],
  responses: ['a', 'b', 'c'].map((text) => `${text}${i}`),
}))
const settings: SessionSettings = { atLeast: 3, annotators: 1, seed: 1 }
const judgement = (task: string, ranks = [1, 2, 3]) => ({ task, ranks, flagged: [], seconds: 1 })

describe("Krippendorff's alpha", () => {
  // Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units.
  const none = Number.NaN
  const observers = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3],
    [none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none],
  ]
  it('is the published one for interval data', () => {
    const units = observers[0]!.map((_, i) => observers.flatMap((row) => (Number.isNaN(row[i]!) ? [] : [row[i]!])))
    expect(krippendorffAlpha(units)!.toFixed(3)).toBe('0.849')
  })

  it('is 1 if all agree, and undefined if there is nothing to compare', () => {
    expect(
      rankingAlpha([
        [
          [1, 2, 3],
          [1, 2, 3],
        ],
        [
          [2, 1, 3],
          [2, 1, 3],
        ],
      ]),
    ).toBe(1)
    expect(rankingAlpha([[[1, 2, 3]]])).toBeUndefined()
    expect(
      rankingAlpha([
        [
          [1, 2],
          [2, 1],
        ],
        [
          [2, 1],
          [1, 2],
        ],
      ])!,
    ).toBeLessThan(0)
  })
})

describe('a ranking session', () => {
  it('shows responses in an order drawn for each person, and stores ranks in the order of the task', () => {
    const session = new RankingSession(tasks, new JudgementLog(newFile()), settings)
    const orders = new Set(
      ['Ada', 'Bo', 'Cy', 'Di'].map((name) => session.next(name, 0)!.responses.join().replace(/\d/g, '')),
    )
    expect(orders.size).toBeGreaterThan(1)
    const shown = session.next('Ada', 1)!
    session.rank(
      'Ada',
      { task: shown.id, ranks: [2, 3, 1], flagged: [1], ratings: { safe: [5, null, 1] }, seconds: 3 },
      2,
    )
    const [ranking] = session.rankings({ complete: true })
    const place = (i: number) => ranking!.responses.indexOf(shown.responses[i]!)
    expect([0, 1, 2].map((i) => ranking!.ranks[place(i)])).toEqual([2, 3, 1])
    expect(ranking).toMatchObject({ annotator: 'Ada', flagged: [place(1)] })
  })

  it('shows each task to the wanted number of people, begun tasks first, and no task twice to one person', () => {
    const session = new RankingSession(tasks, new JudgementLog(newFile()), { ...settings, annotators: 2 })
    const first = session.next('Ada', 0)!
    session.rank('Ada', judgement(first.id), 0)
    expect(session.next('Ada', 0)!.id).not.toBe(first.id)
    expect(session.next('Bo', 0)!.id).toBe(first.id)
    expect(session.progress()).toMatchObject({ done: 0, needed: 3 })
    session.rank('Bo', judgement(first.id), 1)
    expect(session.progress()).toMatchObject({ done: 1 })
    expect(session.rankings({ complete: true }).map(({ id }) => id)).toEqual([first.id, `${first.id}-2`])
    for (let i = 0; i < 4; i++) session.skip('Cy', session.next('Cy', i)!.id, i)
    expect(session.next('Cy', 9)).toBeUndefined()
  })

  it('shows no task to two people at a time while there are other tasks', () => {
    const session = new RankingSession(tasks, new JudgementLog(newFile()), settings)
    const names = ['Ada', 'Bo', 'Cy', 'Di', 'Ed']
    expect(new Set(names.map((name) => session.next(name, 0)!.id)).size).toBe(5)
    expect(session.next('Flo', 0)).toBeDefined()
    expect(session.next('Ada', 0)!.id).toBe(session.next('Ada', 5)!.id)
  })

  it('takes back the last judgement of a person, and then the one before', () => {
    const session = new RankingSession(tasks, new JudgementLog(newFile()), settings)
    const ids = [0, 1].map((now) => {
      const { id } = session.next('Ada', now)!
      session.rank('Ada', judgement(id), now)
      return id
    })
    expect(session.undo('Ada', 5)!.id).toBe(ids[1])
    expect(session.undo('Ada', 6)).toMatchObject({ id: ids[0], before: { ranks: [1, 2, 3] } })
    expect(session.undo('Ada', 7)).toBeUndefined()
    expect(session.progress().done).toBe(0)
  })

  it('refuses a judgement that does not fit its task', () => {
    const session = new RankingSession(tasks, new JudgementLog(newFile()), settings)
    expect(() => session.rank('Ada', judgement('nowhere'), 0)).toThrow('no such task')
    expect(() => session.rank('Ada', judgement('t0', [1, 2]), 0)).toThrow('3 responses need 3 ranks')
    expect(() => session.rank('Ada', judgement('t0', [1, 2, 7]), 0)).toThrow('3 ranks')
    expect(() => session.rank('Ada', { ...judgement('t0'), flagged: [3] }, 0)).toThrow('no such response')
    expect(() => session.rank('Ada', { ...judgement('t0'), ratings: { a: [6, 1, 1] } }, 0)).toThrow('from 1 to 5')
    expect(() => session.rank('Ada', { ...judgement('t0'), flagged: [1, 1] }, 0)).toThrow('flagged once')
    const strict = new RankingSession(tasks, new JudgementLog(newFile()), { ...settings, criteria: ['safe'] })
    for (const name of ['other', '__proto__'])
      expect(() => strict.rank('Ada', { ...judgement('t0'), ratings: JSON.parse(`{"${name}":[1,1,1]}`) }, 0)).toThrow(
        'no such criterion',
      )
  })

  it('is the same after a restart at any point', () => {
    const step = fc.record({ who: fc.constantFrom('Ada', 'Bo'), what: fc.constantFrom('rank', 'skip', 'undo') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const path = newFile()
        const session = new RankingSession(tasks, new JudgementLog(path), { ...settings, annotators: 2 })
        for (const [now, { who, what }] of steps.entries()) {
          if (what === 'undo') session.undo(who, now)
          else {
            const task = session.next(who, now)
            if (task && what === 'rank') session.rank(who, judgement(task.id, [1, 1, 3]), now)
            else if (task) session.skip(who, task.id, now)
          }
        }
        const again = new RankingSession(tasks, new JudgementLog(path), { ...settings, annotators: 2 })
        expect(again.progress()).toEqual(session.progress())
        expect(again.rankings({ complete: false })).toEqual(session.rankings({ complete: false }))
        for (const who of ['Ada', 'Bo']) expect(again.canUndo(who)).toBe(session.canUndo(who))
      }),
      { numRuns: 30 },
    )
  })
})

describe('the judgement log', () => {
  const skipped = (task: string) => ({ event: 'skipped', time: 1, annotator: 'Ada', task }) as const

  it('is written line by line; a line cut off by a crash is not read, and does not run into the next', () => {
    const path = newFile()
    const log = new JudgementLog(path)
    log.add(skipped('t1'))
    appendFileSync(path, '{"event":"ranked","ti')
    const again = new JudgementLog(path)
    expect(again.events).toEqual(log.events)
    again.add({ event: 'undone', time: 2, annotator: 'Ada', task: 't1' })
    expect(new JudgementLog(path).events).toHaveLength(2)
    expect(new JudgementLog(path).damage).toBe(`1 line of ${path} cannot be read (2); the others were taken`)
  })

  it('is not changed by reading, since another process may be writing', () => {
    const path = newFile()
    new JudgementLog(path).add(skipped('t1'))
    appendFileSync(path, '{"event":"ran')
    const before = readFileSync(path, 'utf8')
    expect(new JudgementLog(path).events).toHaveLength(1)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it.each([
    'null',
    '5',
    '{}',
    '{"event":"ranked","time":1,"annotator":"A","task":"t0"}',
    '{"event":"ranked","time":1,"annotator":"A","task":"t0","ranks":null,"flagged":[],"seconds":1}',
    '{"event":"ranked","time":1,"annotator":"A","task":"t0","ranks":[1],"flagged":[],"ratings":null,"seconds":1}',
    '{"event":"skipped","time":"1","annotator":"A","task":"t0"}',
    '{"event":"other","time":1,"annotator":"A","task":"t0"}',
    '{"event":"skipped","time":1,"annotator":"A","task":"t0"}{"event":"skipped","time":1,"annotator":"A","task":"t1"}',
    '\0\0\0',
  ])('reads around the damaged line %s, and says which it is', (line) => {
    const path = newFile()
    const log = new JudgementLog(path)
    log.add(skipped('t0'))
    appendFileSync(path, `${line}\n`)
    log.add(skipped('t1'))
    const again = new JudgementLog(path)
    expect(again.events.map(({ task }) => task)).toEqual(['t0', 't1'])
    expect(again.damage).toContain('1 line')
    expect(again.damage).toContain('(2)')
  })

  it('is rejected and counted if it does not fit the answers', () => {
    const path = newFile()
    const log = new JudgementLog(path)
    for (const [index, more] of [
      { ranks: [1, 2] },
      { ranks: [0, 1, 2] },
      { flagged: [7] },
      { ratings: { a: [1] } },
    ].entries())
      log.add({
        event: 'ranked',
        time: index,
        annotator: `A${index}`,
        task: 't0',
        ranks: [1, 2, 3],
        flagged: [],
        seconds: 1,
        ...more,
      })
    const session = new RankingSession(tasks, new JudgementLog(path), settings)
    expect(session.rankings({ complete: false })).toEqual([])
    expect(session.damage).toEqual(['4 rankings on disk do not fit their answers and were not taken'])
  })

  /** A disk that writes at most some bytes at a time, and has room for some more in all. */
  function failing(room: number, most: number, canCut = true): Disk & { room: number } {
    const disk = {
      ...fs,
      room,
      writeSync: ((file: number, bytes: Buffer, at: number) => {
        const count = Math.min(most, disk.room, bytes.length - at)
        if (count <= 0)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
        disk.room -= count
        return fs.writeSync(file, bytes, at, count)
      }) as typeof fs.writeSync,
      ftruncateSync: ((file: number, size: number) => {
        if (!canCut) throw Object.assign(new Error('EIO: input/output error'), { code: 'EIO', syscall: 'ftruncate' })
        fs.ftruncateSync(file, size)
      }) as typeof fs.ftruncateSync,
    }
    return disk
  }

  it.each([1, 7, 64])('is whole where the system takes %i bytes at a time', (most) => {
    const path = newFile()
    const log = new JudgementLog(path, failing(1e6, most))
    for (const { id } of tasks) log.add(skipped(id))
    expect(new JudgementLog(path).events).toEqual(tasks.map(({ id }) => skipped(id)))
    expect(new JudgementLog(path).damage).toBeUndefined()
  })

  it.each([
    ['the half line can be cut off', true],
    ['it cannot', false],
  ])('loses nothing that was confirmed on a full disk, where %s', (_, canCut) => {
    const size = JSON.stringify(skipped('t0')).length + 1
    for (let room = 0; room <= 3 * size; room += 5) {
      const path = newFile()
      const disk = failing(room, 16, canCut)
      const log = new JudgementLog(path, disk)
      const confirmed: string[] = []
      for (const { id } of tasks.slice(0, 3)) {
        try {
          log.add(skipped(id))
          confirmed.push(id)
        } catch (error) {
          expect(error).toBeInstanceOf(NotSaved)
          expect((error as Error).message).toContain('The disk is full')
        }
      }
      expect(log.events.map(({ task }) => task)).toEqual(confirmed)
      // There is room again.
      disk.room = 1e6
      log.add(skipped('t4'))
      expect(new JudgementLog(path).events.map(({ task }) => task)).toEqual([...confirmed, 't4'])
      if (canCut) expect(new JudgementLog(path).damage).toBeUndefined()
    }
  })

  it('that cannot be saved is refused, and its task is shown again', () => {
    const path = newFile()
    const disk = failing(10, 16)
    const session = new RankingSession(tasks, new JudgementLog(path, disk), settings)
    const { id } = session.next('Ada', 0)!
    expect(() => session.rank('Ada', judgement(id), 1)).toThrow(NotSaved)
    expect(session.progress().done).toBe(0)
    expect(session.next('Ada', 2)!.id).toBe(id)
    disk.room = 1e6
    session.rank('Ada', judgement(id), 3)
    expect(session.progress().done).toBe(1)
  })

  it('is made only of answers of which two differ', () => {
    const answers = (...texts: string[]) => ({
      id: 'x',
      messages: [],
      responses: texts.map((text) => ({ text, ended: true })),
    })
    expect(taskOf(answers('a', 'a'))).toBeUndefined()
    expect(taskOf(answers('a', 'b', 'a'))!.responses).toEqual(['a', 'b'])
  })
})

describe('an order of cards', () => {
  it('has ranks that skip places after a tie', () => {
    const order = new Order(4)
    order.tie(2)
    expect(order.ranks()).toEqual([1, 2, 2, 4])
    order.tie(0)
    expect(order.ranks()).toEqual([1, 2, 2, 4])
  })

  it('is made by number keys, the best first', () => {
    const order = new Order(4)
    for (const card of [2, 0, 0, 3]) order.place(card)
    expect(order.cards).toEqual([2, 0, 3, 1])
  })

  it('keeps ties together when one of them leaves or another comes between', () => {
    const order = new Order(4)
    order.tie(1)
    order.tie(2)
    order.move(0, 3)
    expect(order.cards).toEqual([1, 2, 3, 0])
    expect(order.ranks()).toEqual([4, 1, 1, 3])
    order.move(3, 1)
    expect(order.ranks()).toEqual([1, 1, 1, 4])
  })

  it('is always a permutation, which its ranks make again', () => {
    const act = fc.tuple(fc.constantFrom('move', 'place', 'tie'), fc.nat(4), fc.nat(4))
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const order = new Order(5)
        for (const [what, a, b] of acts) {
          if (what === 'move') order.move(a, b)
          else if (what === 'place') order.place(a)
          else order.tie(a)
        }
        expect([...order.cards].sort()).toEqual([0, 1, 2, 3, 4])
        expect(order.tied[0]).toBe(false)
        expect(new Order(5, { ranks: order.ranks(), flagged: [] }).ranks()).toEqual(order.ranks())
      }),
    )
  })
})
