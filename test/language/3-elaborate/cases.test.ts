/** Compares the diagnostics of every case of cases/ with the text beside it. `UPDATE=1` writes these texts. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { renderDiagnostics } from '../../../src/language/messages/render.ts'
import { cases, elaborateCase } from './elaborate-case.ts'

const names = readdirSync(cases)
  .filter((file) => file.endsWith('.llmpipe') && !file.endsWith('.right.llmpipe'))
  .map((file) => file.slice(0, -'.llmpipe'.length))

describe('an architecture with errors gets the expected diagnostics', () => {
  test.each(names)('%s', (name) => {
    const { diagnostics, sources } = elaborateCase(name)
    const text = renderDiagnostics(diagnostics, sources, { width: 100, most: Number.POSITIVE_INFINITY }).replaceAll(
      `${cases}/`,
      '',
    )
    const expected = `${cases}/${name}.txt`
    if (process.env.UPDATE && (!existsSync(expected) || readFileSync(expected, 'utf8') !== text))
      writeFileSync(expected, text)
    expect(text, `alone: npx vitest run test/language/3-elaborate/cases.test.ts -t '${name}'`).toBe(
      readFileSync(expected, 'utf8'),
    )
  })
})

test.each(names.filter((name) => name.startsWith('example-')))(
  '%s has one error, and none once it is mended',
  (name) => {
    expect(elaborateCase(name).diagnostics).toHaveLength(1)
    expect(elaborateCase(`${name}.right`).diagnostics).toEqual([])
  },
)
