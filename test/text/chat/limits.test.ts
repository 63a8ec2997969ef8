/** A foreign template cannot exhaust the memory or the time of a run: it is stopped with a message that names the reason and the line. */

import { describe, expect, it } from 'vitest'
import { renderer } from '../../../src/text/chat/jinja.ts'

const render = (jinja: string) => () =>
  renderer({ name: 'mine', tokens: [], end: '', jinja })({ messages: [{ role: 'user', content: 'x' }] }, false).value

describe('a template is stopped', () => {
  it.each([
    [
      'that counts to a billion',
      '{% for i in range(10**9) %}x{% endfor %}',
      'line 1: range() of 1000000000 items: at most 100,000',
    ],
    [
      'that doubles a text',
      "{% set ns = namespace(x='ab') %}\n{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
      'line 2: it makes a text of more than 16,777,216 characters',
    ],
    ['that repeats a text', "{{ 'ab' * 10**9 }}", 'it makes a text of more than'],
    ['that pads a text', "{{ 'a'.center(10**9) }}", 'it makes a text of more than'],
    ['that formats a wide text', "{{ '%999999999d' % 1 }}", 'it makes a text of more than'],
    ['that indents by much', "{{ 'a\\nb' | indent(10**9) }}", 'it makes a text of more than'],
    [
      'that writes without end',
      "{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
      'it makes a text of more than',
    ],
    [
      'that doubles a list',
      '{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
      'it makes a list of more than 1,048,576 items',
    ],
    [
      'that calls itself',
      '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
      'its macros call each other more than 200 deep',
    ],
    ['that nests deeply', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`, 'expressions nest more than 200 deep'],
    ['that nests tags deeply', `${'{% if true %}'.repeat(20_000)}${'{% endif %}'.repeat(20_000)}`, 'nest'],
    ['with a huge number', '{{ 10 ** 400 }}', '10 ** 400 is too large'],
  ])('%s', (_, jinja, message) => {
    expect(render(jinja)).toThrow(message)
  })

  it('that loops in loops', () => {
    const loop = '{% for i in range(9999) %}'
    expect(render(`${loop}${loop}${loop}{% endfor %}{% endfor %}{% endfor %}`)).toThrow('it takes more than')
  })
})

describe('an error in a template says', () => {
  it.each([
    [
      'the line and what is there',
      'a\n{% for x of y %}',
      'mine is not valid Jinja: line 2: expected \'in\', found "of"',
    ],
    ['which tag is missing', '{% if true %}\nx', '{% endif %} is missing for what begins on line 1'],
    ['which tag there is not', "{% include 'x' %}", 'line 1: there is no tag {% include %}'],
    ['which filter there is not', '\n{{ 1 | shout }}', "line 2: No filter named 'shout'."],
    ['which name is undefined', '{{ user.name }}', "line 1: 'user' is undefined"],
    ['which attribute is missing', '{{ messages[0].name.upper() }}', "'dict object' has no attribute 'name'"],
    [
      'the message that the template itself raises',
      "{{ raise_exception('Roles must alternate') }}",
      'mine refuses this conversation: Roles must alternate',
    ],
    [
      'which method would change a value',
      '{{ messages.append(1) }}',
      'append() would change a list: templates must not',
    ],
  ])('%s', (_, jinja, message) => {
    expect(render(jinja)).toThrow(message)
  })
})
