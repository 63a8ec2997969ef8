/** Templates as they are saved with weights, and as others save theirs. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { loadTemplate, saveTemplate } from '../../src/text/chat/saved.ts'
import { templateIdentity } from '../../src/text/chat/template.ts'
import { loadTokenizer, saveTokenizer } from '../../src/text/load.ts'
import { specialTokens } from '../../src/text/special.ts'
import { Rig } from './rig.ts'
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

it('is known by what it renders, not by its name', () => {
  const [, digest] = /^chatml \(([0-9a-f]{8})\)$/.exec(templateIdentity(chatml)) ?? []
  expect(templateIdentity({ ...chatml, name: 'mine' })).toBe(`mine (${digest})`)
  expect(templateIdentity({ ...chatml, jinja: `${chatml.jinja} ` })).not.toContain(digest)
})
