/** Templates as they are saved with weights, and as others save theirs. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { templateProblem } from '../../../src/stages/chat/template-setting.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { chatEncoder } from '../../../src/text/chat/encode-chat.ts'
import { renderer } from '../../../src/text/chat/jinja.ts'
import { loadTemplate, saveTemplate } from '../../../src/text/chat/saved.ts'
import { templateIdentity, templateOf } from '../../../src/text/chat/template.ts'
import { loadTokenizer, saveTokenizer } from '../../../src/text/load.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { Rig } from '../../stages/chat/rig.ts'
import { stdTemplate } from './stdlib.ts'

const rig = new Rig()
const chatml = stdTemplate('chatml')

describe('a template in a folder', () => {
  it('comes back as it was saved, beside a tokenizer that stays as it was', () => {
    const folder = rig.folder()
    saveTokenizer(folder, bytesTokenizer(specialTokens('<|endoftext|>', chatml.tokens)))
    const before = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8'))
    expect(loadTemplate(folder)).toBeUndefined()
    saveTemplate(folder, chatml)
    expect(loadTemplate(folder)).toMatchObject({ ...chatml, tokens: ['<|im_end|>'] })
    expect(loadTokenizer(folder).endOfText).toBe(256)
    expect(JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8'))).toEqual({
      ...before,
      chat_template: chatml.jinja,
      chat_template_name: 'chatml',
      end_of_turn_token: '<|im_end|>',
    })
  })

  it('may be of others: a list of templates, a file of its own, tokens as objects', () => {
    const folder = rig.folder()
    const config = (value: object) => writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(value))
    config({
      chat_template: [
        { name: 'tool_use', template: 'x' },
        { name: 'default', template: 'y' },
      ],
      bos_token: { content: '<s>' },
      eos_token: '</s>',
    })
    const variables = { bos_token: '<s>', eos_token: '</s>' }
    expect(loadTemplate(folder)).toEqual({ name: 'its own', tokens: ['</s>'], end: '</s>', jinja: 'y', variables })
    writeFileSync(join(folder, 'chat_template.jinja'), 'z')
    expect(loadTemplate(folder)?.jinja).toBe('z')
    config({ chat_template: 'x' })
    expect(loadTemplate(folder)).toBeUndefined()
    expect(loadTemplate(rig.folder())).toBeUndefined()
  })
})

it('that came with weights and has no name is called the template that came with the weights in messages', () => {
  const folder = rig.folder()
  const jinja = "{{ raise_exception('Roles must alternate.') }}"
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ chat_template: jinja, eos_token: '</s>' }))
  const template = loadTemplate(folder)!
  expect(() => renderer(template)({ messages: [{ role: 'user', content: 'a' }] }, true)).toThrow(
    'the chat template that came with the weights refuses this conversation: Roles must alternate.',
  )
  const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
  expect(() => chatEncoder(template, tokenizer)).toThrow(
    expect.objectContaining({
      message:
        'the chat template that came with the weights needs the special token </s>, which the tokenizer does not have',
      help: 'Use the tokenizer that came with the weights.',
    }),
  )
})

it('is known by what it renders, not by its name', () => {
  const [, digest] = /^chatml \(([0-9a-f]{8})\)$/.exec(templateIdentity(chatml)) ?? []
  expect(templateIdentity({ ...chatml, name: 'mine' })).toBe(`mine (${digest})`)
  expect(templateIdentity({ ...chatml, jinja: `${chatml.jinja} ` })).not.toContain(digest)
})

describe('the token that ends an answer', () => {
  const gemma =
    "{{ bos_token }}{% for m in messages %}{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' + m.content | trim + '<end_of_turn>\n' }}{% endfor %}"
  const load = (jinja: string) => {
    const folder = rig.folder()
    const added = ['<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>'].map((content, id) => ({
      id,
      content,
      special: true,
    }))
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ added_tokens: added }))
    const config = { bos_token: '<bos>', eos_token: '<eos>', chat_template: jinja }
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
    return loadTemplate(folder)?.end
  }

  it('is what the template writes after one, which need not be eos_token', () => {
    expect(load(gemma)).toBe('<end_of_turn>')
    expect(load("{% for m in messages %}{{ m.content + ' ' + eos_token }}{% endfor %}")).toBe('<eos>')
  })

  it('is eos_token if the template writes none, or cannot be rendered', () => {
    expect(load('{% for m in messages %}{{ m.content }}{% endfor %}')).toBe('<eos>')
    expect(load("{{ raise_exception('no') }}")).toBe('<eos>')
    expect(load('{% if %}')).toBe('<eos>')
  })
})

describe('a template of a program', () => {
  const setting = { call: 'template', name: 'a', tokens: [], end: '<e>' }
  const dated = { ...setting, jinja: ["{{ bos_token }}{{ eos_token }}{{ strftime_now('%d %b %Y') }}"] }
  const shown = (template: ReturnType<typeof templateOf>) => renderer(template)({ messages: [] }, false).value

  it('has its bos, its end for eos, and its date', () => {
    expect(shown(templateOf({ ...dated, bos: '<b>', date: '2026-01-31' }))).toBe('<b><e>31 Jan 2026')
    expect(shown(templateOf({ ...dated, bos: '<b>' }))).toBe('<b><e>26 Jul 2024')
  })

  it('differs with another bos or date, if it uses them', () => {
    const digest = (more: object) => templateIdentity(templateOf({ ...dated, ...more }))
    expect(digest({ bos: '<b>' })).not.toBe(digest({ bos: '<c>' }))
    expect(digest({ bos: '<b>', date: '2026-01-31' })).not.toBe(digest({ bos: '<b>' }))
    const plain = { ...setting, jinja: ['x'] }
    expect(templateIdentity(templateOf({ ...plain, bos: '<b>', date: '2026-01-31' }))).toBe(
      templateIdentity(templateOf(plain)),
    )
  })

  it('is the same once it was saved and loaded', () => {
    const folder = rig.folder()
    writeFileSync(join(folder, 'tokenizer_config.json'), '{}')
    const template = templateOf({ ...dated, bos: '<b>', date: '2026-01-31' })
    saveTemplate(folder, template)
    expect(templateIdentity(loadTemplate(folder)!)).toBe(templateIdentity(template))
    expect(shown(loadTemplate(folder)!)).toBe(shown(template))
  })

  it('that uses a missing bos, or an impossible date, is rejected', () => {
    expect(templateProblem(templateOf(dated))).toMatchObject({
      code: 'invalid-setting',
      message: 'The chat template a writes `bos_token` and does not say which token that is',
    })
    for (const date of ['2026-02-30', 'today', '2026-1-1'])
      expect(templateProblem(templateOf({ ...dated, bos: '<b>', date }))?.message).toContain('which is not a day')
  })
})
