/** Saved chat templates in Python's transformers: it makes the same ids of a conversation. Runs where LLMPIPE_PYTHON has it. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { chatEncoder } from '../../src/text/chat/encode-chat.ts'
import { saveTemplate } from '../../src/text/chat/saved.ts'
import { saveTokenizer } from '../../src/text/load.ts'
import { specialTokens } from '../../src/text/special.ts'
import { stdTemplate } from '../text/chat/stdlib.ts'
import { runPython } from './run-python.ts'

const python = process.env.LLMPIPE_PYTHON
const names = ['chatml', 'llama3', 'plain'] as const
const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const conversations = [
  [user('Define whale.'), assistant('A large marine mammal.')],
  [{ role: 'system', content: 'Be brief.' }, user('Größe?\n'), assistant(' 你好 👍 '), user('And?'), assistant('No.')],
]

describe.skipIf(python === undefined)('transformers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-chat-torch-'))
  let answers: Readonly<Record<string, number[][][]>>
  const tokenizer = (name: (typeof names)[number]) =>
    bytesTokenizer(specialTokens('<|endoftext|>', stdTemplate(name).tokens))

  beforeAll(async () => {
    const folders: Record<string, string> = {}
    for (const name of names) {
      folders[name] = join(folder, name)
      mkdirSync(folders[name])
      saveTokenizer(folders[name], tokenizer(name))
      saveTemplate(folders[name], stdTemplate(name))
    }
    writeFileSync(join(folder, 'asked.json'), JSON.stringify({ folders, conversations }))
    await runPython('test/torch/python/check_chat.py', [join(folder, 'asked.json'), join(folder, 'answers.json')])
    answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(names)('makes the same ids with %s', (name) => {
    const encoder = chatEncoder(stdTemplate(name), tokenizer(name))
    for (const [i, messages] of conversations.entries()) {
      const [whole, asking] = answers[name]![i]!
      expect([...encoder.examples(messages)[0]!.ids]).toEqual(whole)
      expect([...encoder.prompt(messages)]).toEqual(asking)
    }
  })
})
