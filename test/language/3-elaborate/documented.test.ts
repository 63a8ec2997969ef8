/** The reference of architectures has every primitive with its parameters and its summary. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { primitives } from '../../../src/language/3-elaborate/primitives.ts'

test.each(Object.entries(primitives))('docs/reference/models.md has %s', (name, { parameters, summary }) => {
  const names = parameters.map((parameter) => parameter.name).join(', ')
  expect(readFileSync('docs/reference/models.md', 'utf8')).toContain(`| \`${name}(${names})\` | ${summary} |`)
})
