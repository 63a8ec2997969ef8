/** Templates render as Python's transformers renders them (recorded by record.py). */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/core/conversation.ts'
import { renderer } from '../../src/text/chat/jinja.ts'
import { stdTemplate } from './stdlib.ts'

interface Recorded {
  readonly template: string
  readonly jinja: string
  readonly messages: readonly Message[]
  readonly prompt: boolean
  readonly text?: string
  readonly error?: string
}

const recorded = JSON.parse(readFileSync('test/chat/golden/renderings.json', 'utf8')) as readonly Recorded[]

describe.each([...new Set(recorded.map(({ template }) => template))])('%s', (name) => {
  const own = recorded.filter(({ template }) => template === name)
  const jinja = own[0]!.jinja
  const render = renderer({ name, tokens: [], end: '', jinja })

  it.each(own.map((each) => [JSON.stringify(each.messages.map(({ content }) => content)), each.prompt, each] as const))(
    'renders %s (prompt: %s)',
    (_, prompt, { messages, text, error }) => {
      if (error === undefined) expect(render(messages, prompt)).toBe(text)
      else expect(() => render(messages, prompt)).toThrow(error)
    },
  )
})

it.each(['chatml', 'llama3', 'plain'] as const)('%s was recorded as it now stands: else run record.py', (name) => {
  expect(stdTemplate(name).jinja).toBe(recorded.find(({ template }) => template === name)?.jinja)
})
