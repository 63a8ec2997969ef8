/** `check --debug`: the forms that the compiler turns a program into. */

import { afterAll, expect, test } from 'vitest'
import { makeProject, prose, training } from '../rig.ts'

const project = makeProject({
  'a.llmpipe': training,
  'data/book.txt': prose,
  'wrong.llmpipe': 'tokenizer t = bites()\n',
})
afterAll(() => project.remove())
const shown = (form: string, file = 'a.llmpipe') => project.llmpipe(['check', file, '--debug', form])

test.each([
  ['tokens', /^3:1 Identifier param$|^3:1 \w+ param$/m],
  ['tree', /^ {2}value number value=12/m],
  ['graph', /^ {2}weight \S+ \[\S+, 16\] normal\(/m],
  ['plan', /^tokens encode\n {2}docs <- prose\.out\n {2}tokenizer <- letters\.out\n/m],
])('prints the %s of a program', (form, line) => {
  const { code, stdout, stderr } = shown(form)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(line)
})

test('prints the tokens of a program with errors, and the errors instead of its plan', () => {
  expect(shown('tokens', 'wrong.llmpipe').stdout).toContain('bites')
  expect(shown('plan', 'wrong.llmpipe')).toMatchObject({ code: 2, stdout: '' })
})
