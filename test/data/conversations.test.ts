/** The functions that read conversations, each against an oracle of its own. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldTemplate } from '../../src/data/conversations/field-template.ts'
import { messagesOfHumanAssistant } from '../../src/data/conversations/messages.ts'
import { ranksByScore, tidy } from '../../src/data/conversations/ranks.ts'
import { NgramIndex } from '../../src/data/overlap/ngrams.ts'
import { wordsOf } from '../../src/data/overlap/words.ts'
import { decontaminate } from '../../src/stages/data/decontaminate.ts'
import { Rig } from '../stages/chat/rig.ts'

describe('ranks', () => {
  it('follow from scores, best first', () => {
    expect(ranksByScore([9, 5, 5, 1])).toEqual([1, 2, 2, 4])
    expect(ranksByScore([0, 1, 0, 1])).toEqual([3, 1, 3, 1])
  })

  it('keep the order of the scores, as sorting by them gives it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 }), (scores) => {
        const sorted = [...scores].sort((a, b) => b - a)
        expect(ranksByScore(scores)).toEqual(scores.map((score) => sorted.indexOf(score) + 1))
      }),
    )
  })

  it('are renumbered after copies are merged', () => {
    expect(tidy({ responses: ['a', 'b', 'a', 'c'], ranks: [1, 3, 1, 4] })).toEqual({
      responses: ['a', 'b', 'c'],
      ranks: [1, 2, 3],
      merged: 1,
    })
  })
})

describe('n-grams', () => {
  /** All n-grams as texts, which the index hashes. */
  const grams = (text: string, n: number) => {
    const words = wordsOf(text)
    return words.slice(0, Math.max(0, words.length - n + 1)).map((_, i) => words.slice(i, i + n).join(' '))
  }
  // Few words, so that overlaps are common.
  const text = fc
    .array(fc.constantFrom('the', 'whale', 'sea', 'a', 'of', 'Ähre', 'é', 'x1'), { maxLength: 14 })
    .map((words) => words.join(' '))

  it('finds the first that is in common, and only then', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), text, fc.integer({ min: 1, max: 5 }), (against, looked, n) => {
        const index = new NgramIndex(n)
        for (const each of against) index.add(each)
        const known = new Set(against.flatMap((each) => grams(each, n)))
        expect(index.find(looked)).toBe(grams(looked, n).find((gram) => known.has(gram)))
        expect(index.size).toBe(known.size)
        expect(index.short).toBe(against.filter((each) => wordsOf(each).length < n).length)
      }),
      { numRuns: 500 },
    )
  })

  it('gives no two of 90,000 different ones the same hash', () => {
    const index = new NgramIndex(2)
    const words = Array.from({ length: 300 }, (_, i) => `w${i}`)
    // a b for all a and b; the b a between them are among these.
    for (const a of words) index.add(words.flatMap((b) => [a, b]).join(' '))
    expect(index.size).toBe(90_000)
  })

  it('sees no difference in case, punctuation and width', () => {
    expect(wordsOf('The WHALE—“Moby‑Dick”, ｆｕｌｌ: Ähre; e\u0301!')).toEqual(
      wordsOf('the whale moby dick full ähre é'),
    )
  })

  it('finds the words of scripts without spaces', () => {
    expect(wordsOf('第1章 GPT模型、ガギ ที่ 한국어 ກ່ ๒๓')).toEqual([
      ...['第', '1', '章', 'gpt', '模型', 'ガ', 'ギ', 'ที่', '한국어', 'ກ່', '๒๓'],
    ])
  })
})

describe('decontaminate', () => {
  const rig = new Rig()
  const words = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `w${from + i}`).join(' ')

  it('leaves out what shares 13 words in a row, not 12, and shows them', async () => {
    const against = rig.docs({ text: words(0, 40) })
    const of = rig.docs({ text: `x ${words(5, 18)}! y` }, { text: `x ${words(5, 17)} y` }, { text: 'short', f: 1 })
    const { records, report } = await rig.run(decontaminate, { of, against })
    expect(records).toEqual([
      { id: 'd1', text: `x ${words(5, 17)} y` },
      { id: 'd2', text: 'short', f: 1 },
    ])
    expect(report.ledger!.dropped).toMatchObject([
      {
        rule: 'decontaminate: 13 words in a row in common',
        documents: 1,
        samples: [{ id: 'd0', value: words(5, 18) }],
      },
    ])
  })

  it('leaves out what shares words in a row where words are not divided by spaces', async () => {
    const leaks = [
      '北京大学是中国最古老的大学之一，成立于一八九八年。',
      '昔々あるところにおじいさんとおばあさんがいました。',
      'กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย',
      'ພາສາລາວເປັນພາສາທາງການຂອງປະເທດລາວ',
    ]
    const against = rig.docs(...leaks.map((text) => ({ text })))
    const of = rig.docs(...leaks.map((text) => ({ text: `x, ${text} y` })), {
      text: '北京大学在北京。北京大学有很多学生。',
    })
    const { records, log, dropped } = await rig.run(decontaminate, { of, against }, { ngram: 6 })
    expect(records.map(({ id }) => id)).toEqual(['d4'])
    expect(dropped).toEqual({ 'decontaminate: 6 words in a row in common': 4 })
    expect(log).toEqual([])
  })

  it('looks into messages and answers one by one, against several', async () => {
    const message = (content: string) => ({ role: 'user', content })
    const of = rig.artefact('Rankings', [
      { messages: [message('one two'), message('three')], responses: ['p', 'q'], ranks: [1, 2] },
      { messages: [message('a')], responses: ['x', 'one two three four'], ranks: [1, 2] },
      { messages: [message('a')], responses: ['x', 'five six seven'], ranks: [1, 2] },
    ])
    const against = [
      rig.docs({ text: 'One, two, three!' }),
      rig.artefact('Prompts', [{ messages: [message('five six seven')] }]),
    ]
    const { records, log } = await rig.run(decontaminate, { of, against }, { ngram: 3 })
    expect(records.map(({ id }) => id)).toEqual(['e0'])
    expect(log).toEqual([])
  })

  it('warns where nothing could be compared', async () => {
    const { records, log } = await rig.run(decontaminate, {
      of: rig.docs({ text: 'a' }),
      against: rig.docs({ text: 'a' }),
    })
    expect(records).toHaveLength(1)
    expect(log).toEqual(['1 texts of `against` have fewer than 13 words and were not compared'])
  })
})

describe('templates over fields', () => {
  const fields = {
    'a.b': 'joined',
    'my field': 'blank',
    größe: 'letter',
    n: { 'c.d': 'inner', 'e f': 'quoted', '*': 'star', list: [{ 'g.h': 1 }, { 'g.h': 2 }] },
    both: { x: 'nested' },
    'both.x': 'beside',
    'q"q': 'mark',
  }

  it.each([
    ['{a.b}', 'joined'],
    ['{["a.b"]}', 'joined'],
    ['{"my field"}', 'blank'],
    ['{my field}', 'blank'],
    ['{"größe"}', 'letter'],
    ['{n.c.d}', 'inner'],
    ['{n["c.d"]}', 'inner'],
    ['{n["e f"]}', 'quoted'],
    ['{n["*"]}', 'star'],
    ['{n.list[1].g.h}', '2'],
    ['{n.list.0["g.h"]}', '1'],
    ['{both.x}', 'nested'],
    ['{"both.x"}', 'beside'],
    [String.raw`{"q\"q"}`, 'mark'],
  ])('name a field by %s', (template, wanted) => {
    expect(fieldTemplate(template).fill(fields)).toEqual({ text: wanted })
  })

  it('find nothing by a name that every object has', () => {
    expect(fieldTemplate('{constructor}').fill({})).toEqual({ field: 'constructor', problem: 'missing' })
    expect(fieldTemplate('{a.__proto__}').fill({ a: {} })).toEqual({ field: 'a.__proto__', problem: 'missing' })
  })

  it('give back any text that is written with its braces escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab {}\\."') }), fc.string(), (text, value) => {
        const source = `${text.replace(/[\\{}]/g, '\\$&')}{v}`
        expect(fieldTemplate(source).fill({ v: value })).toEqual({ text: `${text}${value}` })
      }),
    )
  })
})

describe('hh-rlhf', () => {
  it('is read as it is written', () => {
    const line = fc
      .string({ unit: fc.constantFrom(...'ab:\n?'), minLength: 1 })
      .map((text) => text.trim())
      .filter((text) => text !== '' && !text.includes('\n\n'))
    fc.assert(
      fc.property(fc.array(fc.tuple(line, line), { minLength: 1 }), (rounds) => {
        const text = rounds.map(([asked, said]) => `\n\nHuman: ${asked}\n\nAssistant: ${said}`).join('')
        const messages = rounds.flatMap(([asked, said]) => [
          { role: 'user', content: asked },
          { role: 'assistant', content: said },
        ])
        expect(messagesOfHumanAssistant(text)).toEqual({ messages })
      }),
    )
  })
})
