/** Compares the diagnostics of every case of cases/ with the text beside it. `UPDATE=1` writes these texts. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { explanations } from '../../src/language/messages/codes.generated.ts'
import { renderDiagnostics } from '../../src/language/messages/render.ts'
import { elaborateCase, cases as elaborateCases } from './3-elaborate/elaborate-case.ts'
import { cases, compileCase } from './compile-case.ts'

const namesIn = (folder: string) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.llmpipe') && !file.endsWith('.right.llmpipe'))
    .map((file) => file.slice(0, -'.llmpipe'.length))
const names = namesIn(cases)
const elaborateNames = namesIn(elaborateCases)

describe('a program with errors gets the expected diagnostics', () => {
  test.each(names)('%s', (name) => {
    const { diagnostics, sources } = compileCase(name)
    const text = renderDiagnostics(diagnostics, sources, { width: 100, most: Number.POSITIVE_INFINITY }).replaceAll(
      `${cases}/`,
      '',
    )
    const expected = `${cases}/${name}.txt`
    if (process.env.UPDATE && (!existsSync(expected) || readFileSync(expected, 'utf8') !== text))
      writeFileSync(expected, text)
    expect(text, `alone: npx vitest run test/language/cases.test.ts -t '${name}'`).toBe(readFileSync(expected, 'utf8'))
  })
})

/** Diagnostics that `check` adds to those of the compiler: test/cli/checks/known-before.test.ts and adapters.test.ts have their cases. */
const ofTheMachine = ['W0416', 'E0417', 'W0418', 'E0470', 'E0471', 'E0472', 'W0523', 'E0620', 'E0650', 'E0682', 'W0683']

/** Diagnostics of texts that are too long for a file: limits.test.ts has their cases. */
const tooLong = ['E0118', 'E0119']

describe('one slip gives one message, and the corrected program gives none', () => {
  test.each(names.filter((name) => /^(?:slip|example)-/.test(name)))('%s', (name) => {
    const { diagnostics } = compileCase(name)
    expect(diagnostics.map(({ code }) => code)).toHaveLength(1)
    expect(compileCase(`${name}.right`).diagnostics).toEqual([])
  })
})

test('every code is explained by a program with the error and the same program without it', () => {
  const without = explanations.filter(({ wrong, right }) => wrong === undefined || right === undefined)
  expect(without.map(({ code }) => code)).toEqual([])
  for (const { title, wrong, right } of explanations) {
    // The lines of a case that give its parameters are shown as a command.
    expect(`${wrong}\n${right}`).not.toMatch(/^\/\/ -p /m)
    // `…` would stand for a part of the sentence that the example has to fill.
    expect(title.replace(/\(…\)/g, '')).not.toContain('…')
  }
})

test('the examples in the documents of the messages can be read', () => {
  const own = explanations.filter(({ code }) => [...ofTheMachine, ...tooLong].includes(code))
  for (const { code, wrong = '', right = '' } of own) {
    expect(parse('right', right).problems).toEqual([])
    if (!tooLong.includes(code)) expect(parse('wrong', wrong).problems).toEqual([])
  }
})

test('every code has a case', () => {
  const found = [...names.map(compileCase), ...elaborateNames.map(elaborateCase)]
  const seen = new Set([
    ...found.flatMap(({ diagnostics }) => diagnostics.map((diagnostic) => diagnostic.code)),
    ...ofTheMachine,
    ...tooLong,
  ])
  expect(explanations.map(({ code }) => code).filter((code) => !seen.has(code))).toEqual([])
})
