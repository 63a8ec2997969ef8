/** Normalizing: mojibake against ftfy (python/record_mojibake.py), white space, control characters, the switches. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { removeControls } from '../../src/data/normalize/controls.ts'
import { repairMojibake } from '../../src/data/normalize/mojibake.ts'
import { tidyWhiteSpace } from '../../src/data/normalize/white-space.ts'
import { Rig } from './rig.ts'

const golden = JSON.parse(readFileSync('test/data/golden/mojibake.json', 'utf8')) as readonly [string, string][]
const rig = new Rig()

describe('mojibake', () => {
  it('is repaired as ftfy does it', () => {
    const ours = golden.map(([text]) => [text, repairMojibake(text)])
    expect(ours).toEqual(golden)
    expect(golden.filter(([text, fixed]) => text !== fixed).length).toBeGreaterThan(100)
  })

  it('is repaired in any text of letters that was read as Windows-1252', () => {
    const wrong = new TextDecoder('windows-1252')
    const text = fc.string({ unit: fc.constantFrom(...'aeiouéèüöäßñçôêàâ '), minLength: 1 })
    fc.assert(
      fc.property(text, (good) => {
        const broken = wrong.decode(new TextEncoder().encode(`x ${good.replace(/ +/g, ' ').trim()} y`))
        const repaired = repairMojibake(broken)
        // What does not look broken stays; what is changed is right.
        if (repaired !== broken) expect(repaired).toBe(`x ${good.replace(/ +/g, ' ').trim()} y`)
      }),
    )
  })

  it('ends on any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'Ãâ€œ™Â©\x80\x9d \ufffda?ð') }),
        (text) => void repairMojibake(text),
      ),
    )
  })
})

describe('white space', () => {
  it('trim keeps indentation, and collapse removes it', () => {
    const text = '\n  def f():\r\n\treturn  1 \t\n\u2028\n\n\n  end\u00a0\u3000x  \n\n'
    expect(tidyWhiteSpace(text, 'trim')).toBe('  def f():\n\treturn  1\n\n  end  x')
    expect(tidyWhiteSpace(text, 'collapse')).toBe('def f():\nreturn 1\n\nend x')
  })

  it('does not change when it is tidied again', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\t', '\n', '\r', '\u00a0', '\u2028', '\v', '\ufeff') })
    fc.assert(
      fc.property(text, fc.constantFrom('trim' as const, 'collapse' as const), (given, how) => {
        const tidy = tidyWhiteSpace(given, how)
        expect(tidyWhiteSpace(tidy, how)).toBe(tidy)
        expect(tidy).not.toMatch(/[ \t]\n|\n{3}|[ \t\n]$|[\r\v\u00a0\u2028]/)
        expect(tidy.replace(/[\s\ufeff]/g, '')).toBe(given.replace(/[\s\ufeff]/g, ''))
        if (how === 'collapse') expect(tidy).not.toMatch(/ {2}|\t|^ |\n /)
      }),
    )
  })

  it('takes linear time on long runs of spaces', () => {
    const text = `${' '.repeat(2_000_000)}x${'\t '.repeat(1_000_000)}`
    expect(tidyWhiteSpace(text, 'collapse')).toBe('x')
    expect(tidyWhiteSpace(text, 'trim').length).toBe(2_000_001)
  })
})

it('control characters go, marks that change how letters look stay', () => {
  expect(removeControls('a\0b\x1bc\x7fd\ufeffe\ufff9f\x9dg\x85h\ti\nj')).toBe('abcdefg\x85h\ti\nj')
  expect(removeControls('\u200dx\u200e\u202a')).toBe('\u200dx\u200e\u202a')
})

describe('the step', () => {
  const text = 'cafÃ©\0  e\u0301\n\n\n\nﬁn '

  it('does everything by default, and reports its changes', async () => {
    const { texts, report } = await rig.steps('|> normalize()', [text, 'plain', 'two  spaces \n'])
    expect(texts).toEqual(['café  é\n\nﬁn', 'plain', 'two  spaces'])
    expect(report.ledger!.changed).toEqual([
      { step: 'normalize', documents: 2, note: 'mojibake 1, unicode 1, control characters 1, white space 2' },
    ])
  })

  it('can be switched off part by part', async () => {
    const off = 'unicode: keep, white_space: keep, control_characters: false, mojibake: false'
    expect((await rig.steps(`|> normalize(${off})`, [text])).texts).toEqual([text])
    expect((await rig.steps(`|> normalize(${off.replace('unicode: keep', 'unicode: nfkc')})`, [text])).texts).toEqual([
      text.normalize('NFKC'),
    ])
    expect(
      (
        await rig.steps(`|> normalize(${off.replace('keep, white_space: keep', 'keep, white_space: collapse')})`, [
          text,
        ])
      ).texts,
    ).toEqual(['cafÃ©\0 e\u0301\n\nﬁn'])
    expect(
      (await rig.steps(`|> normalize(${off.replace('control_characters: false', 'control_characters: true')})`, [text]))
        .texts,
    ).toEqual([text.replace('\0', '')])
    expect(
      (await rig.steps(`|> normalize(${off.replace('mojibake: false', 'mojibake: true')})`, [text])).texts,
    ).toEqual([text.replace('Ã©', 'é')])
  })

  it('tidy() also drops what is empty then', async () => {
    const { texts, report } = await rig.steps('|> tidy()', [' \n ', 'a  b'], 'use std.clean { tidy }')
    expect(texts).toEqual(['a b'])
    expect(report.ledger!.dropped).toMatchObject([{ rule: 'drop: characters == 0', documents: 1, bytes: 0 }])
  })
})
