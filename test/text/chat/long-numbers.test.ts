/** Integers beyond 2^53 in templates, against the results of Python. */

import { expect, it } from 'vitest'
import { ExactNumber } from '../../../src/core/values/exact-number.ts'
import { parseExact } from '../../../src/data/json/exact-json.ts'
import { renderer } from '../../../src/text/chat/jinja.ts'

/** The text that a template writes for an expression over `n`, a number of JSON. */
function written(n: string, expression: string): string {
  const template = {
    name: 't',
    tokens: [],
    end: '',
    jinja: `{% set n = messages[0].tool_calls[0] %}{{ ${expression} }}`,
  }
  const messages = [{ role: 'assistant', content: '', tool_calls: [parseExact(n)] }]
  return renderer(template)({ messages }, false).value
}

it.each([
  ['1234567890123456789', 'n', '1234567890123456789'],
  ['1234567890123456789', 'n | string', '1234567890123456789'],
  ['1234567890123456789', '{"a": [n]}', "{'a': [1234567890123456789]}"],
  ['1234567890123456789', 'n + 1', '1234567890123456790'],
  ['-1234567890123456789', 'n // 10', '-123456789012345679'],
  ['-1234567890123456789', 'n % 10', '1'],
  ['1234567890123456789', 'n - 1234567890123456700', '89'],
  ['1234567890123456789', 'n - n', '0'],
  ['1234567890123456789', 'n * n', '1524157875323883675019051998750190521'],
  ['1234567890123456789', 'n / 2', '6.172839450617284e+17'],
  ['-1234567890123456789', 'n | abs', '1234567890123456789'],
  ['1234567890123456789', '-n', '-1234567890123456789'],
  ['1234567890123456789', '"%d %x" | format(n, n)', '1234567890123456789 112210f47de98115'],
  ['1234567890123456789', '"{:,}".format(n)', '1,234,567,890,123,456,789'],
  ['1234567890123456789', 'n is number and n is integer and n is not float', 'True'],
  ['9007199254740993', 'n == 9007199254740992', 'False'],
  ['9007199254740993', 'n > 9007199254740992', 'True'],
  ['9007199254740993', '[n, 3, 9007199254740992.0] | sort', '[3, 9007199254740992.0, 9007199254740993]'],
  ['9007199254740993', '{n: 1}[n]', '1'],
  ['9007199254740991', 'n + 2', '9007199254740993'],
  ['"12345678901234567890"', 'n | int', '12345678901234567890'],
  ['1e400', 'n', 'inf'],
  ['1e400', 'n | tojson', 'Infinity'],
  ['1.0', 'n', '1.0'],
  ['-0', 'n', '0'],
])('of %s the template writes {{ %s }} as %s', (n, expression, wanted) => {
  expect(written(n, expression)).toBe(wanted)
})

it('an integer that a template lets grow without end is refused', () => {
  const grows =
    '{% set ns = namespace(v=messages[0].n) %}{% for i in range(40) %}{% set ns.v = ns.v * ns.v %}{% endfor %}'
  const template = { name: 't', tokens: [], end: '', jinja: grows }
  const messages = [{ role: 'user', content: '', n: new ExactNumber('1234567890123456789') }]
  expect(() => renderer(template)({ messages }, false)).toThrow('too large')
})

it.each(['{"a":[1.0,{"b":"1.0"}],"c":-0, "d" : [ ] , "e":{ }}', '[ 1e2 , null,true,false,"\\u0031.0" ]', ' 1.50 '])(
  'the exact parser reads %s as JSON.parse does',
  (text) => {
    expect(JSON.parse(JSON.stringify(parseExact(text)))).toEqual(JSON.parse(JSON.stringify(JSON.parse(text))))
  },
)
