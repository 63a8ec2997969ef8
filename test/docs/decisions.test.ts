/** Every decision has a date and a status, and a line in the index with the same date. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = 'docs/decisions'
const index = readFileSync(`${folder}/README.md`, 'utf8')
const pages = readdirSync(folder).filter((name) => name !== 'README.md')

test.each(pages)('%s has a date and a status, and is in the index of decisions', (name) => {
  const [title = '', , facts = ''] = readFileSync(`${folder}/${name}`, 'utf8').split('\n')
  expect(title).toMatch(/^# /)
  expect(facts).toMatch(/^Date: \d{4}-\d\d-\d\d\. Status: (?:in force|replaced by \[)/)
  const date = facts.slice('Date: '.length, 'Date: 2026-11-28'.length)
  expect(index).toContain(`\n| ${date} | [${name.slice(0, -'.md'.length)}](${name}) | `)
})

test('the index lists decisions in the order of their dates', () => {
  const dates = [...index.matchAll(/^\| (\d{4}-\d\d-\d\d) \|/gm)].map(([, date]) => date)
  expect(dates).toEqual([...dates].sort())
  expect(dates).toHaveLength(pages.length)
})
