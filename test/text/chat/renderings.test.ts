/** Templates render as Python's transformers renders them (recorded by record.py). */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../../src/core/conversation.ts'
import type { Json } from '../../../src/core/values/json.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { chatEncoder } from '../../../src/text/chat/encode-chat.ts'
import { renderer } from '../../../src/text/chat/jinja.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { golden } from './golden.ts'
import { stdTemplate } from './stdlib.ts'

const { templates, variables, conversations, tools, recorded } = golden

describe.each(Object.keys(templates))('%s', (name) => {
  const render = renderer({ name, tokens: [], end: '', jinja: templates[name]!, variables })

  it.each([false, true])('renders every conversation as jinja2 does (prompt: %s)', (prompt) => {
    const own = recorded.filter((each) => each.template === name && each.prompt === prompt)
    expect(own.length).toBeGreaterThan(0)
    for (const { conversation, tools: given, text, error } of own) {
      const shown = () => render({ messages: conversations[conversation]!, tools: given ? tools : undefined }, prompt)
      if (error === undefined) expect(shown().value).toBe(text)
      else expect(shown).toThrow(error)
    }
  })
})

it.each(['chatml', 'llama3', 'plain'] as const)('%s was recorded as it now stands: else run record.py', (name) => {
  expect(stdTemplate(name).jinja).toBe(templates[name])
})

const jinja = JSON.parse(readFileSync('test/text/chat/golden/jinja.json', 'utf8')) as {
  readonly messages: readonly Message[]
  readonly tools: readonly Json[]
  readonly pieces: readonly { readonly jinja: string; readonly text?: string; readonly error?: string }[]
}

it.each(jinja.pieces.map((piece) => [piece.jinja, piece] as const))('Jinja as jinja2 has it: %s', (_, piece) => {
  const render = () => renderer({ name: 'piece', tokens: [], end: '', jinja: piece.jinja })(jinja, false).value
  if (piece.error === undefined) expect(render()).toBe(piece.text)
  else expect(render).toThrow('the chat template piece')
})

describe('what a message says never becomes a special token', () => {
  const special = [
    '<|im_start|>',
    '<|im_end|>',
    '<think>',
    '</think>',
    '<s>',
    '</s>',
    '<｜User｜>',
    '<｜Assistant｜>',
    '<|user|>',
  ]
  const tokenizer = bytesTokenizer(specialTokens('', [...special, '<|end|>', '<|assistant|>', '<|system|>']))
  const text = fc
    .array(fc.constantFrom(...special, '<|im_', 'end|>', '<', '|>', 'user', 'a', '\n', ' ', 'é👍', '"', '\\'), {
      maxLength: 6,
    })
    .map((parts) => parts.join(''))
  /** As long, and of no special token. */
  const plain = (value: string) => value.replaceAll('<', '(')

  // Templates that do not look into what messages say: the same special tokens come out, whatever is in them.
  it.each(['chatml', 'zephyr-like', 'dated', 'tools'])('in %s', (name) => {
    const written =
      name === 'tools'
        ? "{% for m in messages %}<|im_start|>{{ m | tojson }}{{ [m.content] }}{{ '%s' % m.content | upper | lower | indent | replace('a', 'b') }}<|im_end|>{% endfor %}"
        : templates[name]!
    const template = { name, tokens: [], end: '<|im_end|>', jinja: written, variables }
    const encoder = chatEncoder(template, tokenizer)
    fc.assert(
      fc.property(text, text, (asked, said) => {
        const ids = (change: (value: string) => string) =>
          encoder.prompt([
            { role: 'user', content: change(asked) },
            { role: 'assistant', content: change(said) },
            { role: 'user', content: change(asked) },
          ])
        const specials = (of: Uint32Array) => [...of].filter((id) => id >= 256)
        const forged = ids((value) => value)
        expect(specials(forged)).toEqual(specials(ids(plain)))
        const messages = [asked, said, asked].map((content, i) => ({ role: i === 1 ? 'assistant' : 'user', content }))
        expect(tokenizer.decode(forged)).toBe(renderer(template)({ messages }, true).value)
      }),
      { numRuns: 60 },
    )
  })
})
