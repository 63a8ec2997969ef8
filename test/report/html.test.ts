/** Texts of data never become markup: in the page, in its attributes, in its charts and in the JSON that its script reads. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StageData } from '../../src/report/data.ts'
import { html, jsonInScript } from '../../src/report/html.ts'
import { escaped } from '../../src/view/charts/markup.ts'
import { pageOf, run, stage } from './data.ts'

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '</script><script>alert(1)</script>',
    '</style><img src=x onerror=alert(1)>',
    '<!--<script>',
    ']]>',
    '" onload="alert(1)',
    "' onload='alert(1)",
    '\u202e RTL \u2066 isolate',
    '👩‍👩‍👧',
    'NUL \0 here',
    'lone \ud800 surrogate',
    '&amp;lt;',
    '\u2028\u2029',
    'javascript:alert(1)',
  ),
)

/** A stage with `text` wherever data can have a text. */
const everywhere = (text: string): StageData =>
  stage({
    id: text,
    name: text,
    kind: text,
    variant: { of: text, values: { [text]: text } },
    place: text,
    reason: text,
    because: text,
    error: { code: text, message: text, help: text, detail: text },
    report: {
      summary: text,
      metrics: { [text]: 1.5, bytes_per_token: 3 },
      detail: {
        comparison: {
          models: [text],
          metrics: [{ name: text, values: [{ value: 1, low: 0, high: 2 }] }],
          answers: [{ prompt: text, answers: [text] }],
          mistakes: {
            questions: 1,
            shown: [{ question: text, right: [text], answers: [{ text, isRight: false }] }],
          },
        },
      },
    },
    ledger: {
      in: { documents: 3, bytes: 3 },
      out: { documents: 1, bytes: 1 },
      dropped: [
        {
          rule: text,
          documents: 2,
          bytes: 2,
          samples: [{ id: text, text, value: text }],
          seen: [{ metric: text, limits: [1], bins: [[0, 2, 3]] }],
        },
      ],
      changed: [{ step: text, documents: 1, note: text }],
      malformed: { count: 1, samples: [{ file: text, line: 1, message: text }] },
      truncated: [{ step: text, documents: 1 }],
    },
    curves: {
      [text]: [
        { step: 1, value: 1 },
        { step: 2, value: 2 },
      ],
    },
    samples: [{ step: 1, prompt: text, text }],
    answers: [{ prompt: text, answers: [{ by: text, text, score: 1 }] }],
    warnings: [text],
    logTail: [text],
    files: [{ name: text, size: 1, sha256: text }],
    settings: { [`a${text}`]: text },
  })

/** The elements of a page by name, without their attributes and texts. */
const elements = (page: string) => page.match(/<[a-z!/][^>\s/]*/gi)

describe('a text of data', () => {
  test('never changes the elements of the page', () => {
    const plain = elements(pageOf(run([everywhere('x')])))
    fc.assert(
      fc.property(nasty, (text) => {
        const made = pageOf(run([everywhere(`x${text}`)]))
        expect(elements(made)).toEqual(plain)
        expect(made).not.toMatch(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/u)
        expect(made).not.toMatch(/\p{Cs}/u)
      }),
      { numRuns: 60 },
    )
  })

  test('is read back as it was from JSON in a script, and does not end the script', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const json = jsonInScript({ text })
        expect(json).not.toMatch(/[<>&\u2028\u2029]/)
        expect(JSON.parse(json)).toEqual({ text })
      }),
    )
  })

  test('is escaped as content and as an attribute', () => {
    expect(html`<p title="${'"<&>\''}">${'<b>'}</p>`.markup).toBe('<p title="&quot;&lt;&amp;&gt;&apos;">&lt;b&gt;</p>')
    expect(escaped('a\0b\ud800c\ufffe')).toBe('a\ufffdb\ufffdc\ufffd')
  })
})

test('a hole takes markup as it is, lists in their order, and leaves out what is undefined', () => {
  expect(html`${[html`<i>${1}</i>`, undefined, false, 'x']}`.markup).toBe('<i>1</i>x')
})
