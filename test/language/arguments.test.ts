/** The rule by which arguments meet parameters. */

import { expect, test } from 'vitest'
import type { Span } from '../../grammar/span.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'
import { type Callee, matchArguments } from '../../src/language/arguments.ts'

const span: Span = { file: 'f', start: 0, end: 1 }
const missing = (name: string) => ({
  name,
  missing: (at: Span): Diagnostic => ({ code: name, severity: 'error', message: `needs ${name}`, span: at }),
})
const callee: Callee = {
  name: 'f',
  formals: [missing('docs'), missing('share'), { name: 'seed' }],
  positional: ['docs', 'share'],
  most: '2 by place',
}

/** The parameters that get `words`, `name:value` or `value`, and the errors. */
function match(words: string, of: Callee = callee) {
  const written = words.split(' ').flatMap((word) => {
    const [value = '', name] = word.split(':').reverse()
    const identifier = name === undefined ? undefined : ({ type: 'identifier', name, span } as const)
    return word === '' ? [] : [{ name: identifier, span, value }]
  })
  const errors: string[] = []
  const { named, rest, fits } = matchArguments(of, written, span, ({ message }) => errors.push(message))
  expect(fits).toBe(errors.length === 0)
  return { named: Object.fromEntries([...named].map(([key, { value }]) => [key, value])), rest, errors }
}

test('arguments are matched by position and then by name', () => {
  expect(match('a b seed:3').named).toEqual({ docs: 'a', share: 'b', seed: '3' })
  expect(match('share:b a').named).toEqual({ docs: 'a', share: 'b' })
})

test('a positional argument too many, a name that is not known and a second value are reported', () => {
  expect(match('a b c').errors).toEqual(['`f` takes 2 by place, and this is one more.'])
  expect(match('a b colour:c').errors).toEqual(['`f` has no setting `colour`.'])
  expect(match('a b share:c').errors).toEqual(['`share` is given twice.'])
})

test('a parameter that a misspelled name seems to mean is not reported as missing too', () => {
  expect(match('a sharre:c').errors).toEqual(['`f` has no setting `sharre`.'])
  expect(match('a').errors).toEqual(['needs share'])
})

test('further positional arguments go to the parameter that takes the rest, which cannot be named too', () => {
  const rest: Callee = { ...callee, formals: [missing('docs'), missing('what')], positional: ['docs'], rest: 'what' }
  expect(match('a b c', rest).rest.map(({ value }) => value)).toEqual(['b', 'c'])
  expect(match('a', rest).errors).toEqual(['needs what'])
  expect(match('a b what:c', rest).errors).toEqual(['`what` is given twice.'])
})
