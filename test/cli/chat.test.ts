/** A chat: what commands do to it, two answers side by side, and the command on a small model. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Growing, sideBySide } from '../../src/cli/chat/columns.ts'
import { Conversation } from '../../src/cli/chat/conversation.ts'
import { Speaker } from '../../src/cli/chat/speaker.ts'
import { readOptions } from '../../src/cli/option.ts'
import { choicesOf, samplingOptions } from '../../src/cli/terminal/sampling.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { textOf } from '../../src/view/line.ts'
import { architecture } from '../model/architecture.ts'
import { stdTemplate } from '../text/chat/stdlib.ts'
import { savedWeights } from '../train/saved.ts'
import { makeProject } from './rig.ts'

const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })

describe('a conversation', () => {
  const begun = () => {
    const chat = new Conversation(['a', 'b'], choicesOf(readOptions(samplingOptions, {})))
    expect(chat.typed('Hello')).toEqual({ do: 'answer' })
    chat.answered(0, 'Hi.')
    chat.answered(1, 'Ho.')
    return chat
  }

  test('sends the same question to each model, and keeps the answer of each', () => {
    const chat = begun()
    chat.typed('And?')
    expect(chat.messages(0)).toEqual([user('Hello'), assistant('Hi.'), user('And?')])
    expect(chat.messages(1)).toEqual([user('Hello'), assistant('Ho.'), user('And?')])
  })

  test('can undo a turn, answer again with another seed, and start over', () => {
    const chat = begun()
    expect(chat.typed('/again')).toEqual({ do: 'answer' })
    expect(chat.messages(0)).toEqual([user('Hello')])
    expect(chat.choices.seed).toBe(2)
    chat.answered(0, 'Hey.')
    chat.answered(1, 'Hm.')
    chat.typed('/undo')
    expect(chat.messages(1)).toEqual([])
    expect(chat.typed('/undo')).toEqual({ do: 'say', lines: ['There are no messages yet.'] })
    chat.typed('/system Be brief.')
    expect(chat.messages(1)).toEqual([{ role: 'system', content: 'Be brief.' }])
    chat.typed('/new')
    expect(chat.messages(1)).toEqual([])
  })

  test('knows its commands by their beginnings, and says what it does not know', () => {
    const chat = begun()
    expect(chat.typed('/q')).toEqual({ do: 'leave' })
    expect(chat.typed('/s')).toEqual({
      do: 'say',
      lines: ['There is no command /s: /system or /set or /show or /save.'],
    })
    expect(chat.typed('/nothing')).toMatchObject({ lines: ['There is no command /nothing: /help lists the commands.'] })
    expect(chat.typed('/help')).toMatchObject({ lines: expect.arrayContaining([expect.stringMatching(/^\/undo /)]) })
    expect(chat.typed('/save')).toMatchObject({ do: 'say' })
    expect(chat.typed('/save a.jsonl')).toEqual({ do: 'save', file: 'a.jsonl' })
  })

  test('changes how answers are chosen, within bounds', () => {
    const chat = begun()
    chat.typed('/set top-k 7')
    expect(chat.choices.topK).toBe(7)
    expect(() => chat.typed('/set top-p 2')).toThrow('top-p 2 is not a number from 0 to 1')
    expect(chat.typed('/set heat 2')).toMatchObject({ lines: [expect.stringContaining('There is no heat: tokens')] })
  })
})

describe('columns', () => {
  test('wrap side by side', () => {
    const lines = sideBySide(['one two three four', 'five'], 23)
    expect(lines.map(textOf)).toEqual(['one two    │ five', 'three four │ '])
  })

  test('write again only what changed', () => {
    let out = ''
    const growing = new Growing((text) => {
      out += text
    }, textOf)
    growing.show([[{ text: 'a' }], [{ text: 'b' }]])
    out = ''
    growing.show([[{ text: 'a' }], [{ text: 'bc' }], [{ text: 'd' }]])
    expect(out).toBe('\u001b[1A\u001b[0Jbc\nd\n')
  })
})

describe('a model', () => {
  const template = stdTemplate('chatml')
  const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', template.tokens))
  const model = architecture('llama', { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 160 })
  const project = makeProject()
  const folders: string[] = []
  beforeAll(() => {
    for (const seed of [1, 2]) folders.push(savedWeights(model, tokenizer, { seed, template }))
    folders.push(savedWeights(model, tokenizer))
  })
  afterAll(() => project.remove())

  test('forgets the oldest messages where the context is full, but not the system message', async () => {
    const speaker = await Speaker.open(folders[0]!, await loadEngine('onnx'), async () => model)
    const choices = choicesOf(readOptions(samplingOptions, { tokens: '20' }))
    const system = { role: 'system', content: 'S' }
    const said = [system, user('a'.repeat(40)), assistant('b'.repeat(40)), user('c'.repeat(30))]
    const { ids, forgotten } = speaker.prompt(said, choices)!
    expect(forgotten).toBe(2)
    expect(tokenizer.decode(ids)).toBe(
      `<|im_start|>system\nS<|im_end|>\n<|im_start|>user\n${'c'.repeat(30)}<|im_end|>\n<|im_start|>assistant\n`,
    )
    expect(speaker.prompt([user('d'.repeat(200))], choices)).toBeUndefined()
    await speaker.dispose()
  })

  test('answers each line of standard input, the same for the same seed', () => {
    const ask = () => project.llmpipe(['chat', folders[0]!, folders[1]!, '-n', '6', '--json'], 'Hi\n/again\nBye\n')
    const { code, stdout } = ask()
    expect(code).toBe(0)
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(answers).toHaveLength(6)
    expect(new Set(answers.map(({ text }) => text)).size).toBeGreaterThan(4)
    const texts = (out: string) => out.replace(/"seconds":[\d.]+/g, '')
    expect(texts(ask().stdout)).toBe(texts(stdout))
  })

  test('is saved as conversations', () => {
    const { stdout } = project.llmpipe(['chat', folders[0]!, '-n', '4'], 'Hi\n/save said.jsonl\n/set tokens x\n')
    expect(stdout).toContain('Written to said.jsonl.')
    expect(stdout).toContain('tokens x is not a whole number of 1 or more')
    const [line] = readFileSync(join(project.folder, 'said.jsonl'), 'utf8').split('\n')
    expect(JSON.parse(line!).messages).toMatchObject([user('Hi'), { role: 'assistant' }])
  })

  test('without a chat template is an error that says what to do', () => {
    const { code, stderr } = project.llmpipe(['chat', folders[2]!])
    expect(code).toBe(2)
    expect(stderr).toContain('no chat template')
    expect(project.llmpipe(['chat', folders[0]!, folders[0]!, folders[0]!]).code).toBe(2)
  })

  test('--date is an error if it changes nothing, or is not a day', () => {
    const chat = (date: string) => project.llmpipe(['chat', folders[0]!, '--date', date], 'Hi\n')
    expect(chat('2026-01-31').stderr).toContain('does not call `strftime_now`: a date changes nothing')
    expect(chat('2026-02-30').stderr).toContain('"2026-02-30" is not a day')
    const raw = project.llmpipe(['generate', folders[0]!, 'Hi', '--raw', '--date', '2026-01-31'])
    expect(raw.stderr).toContain('--date is for a chat template')
  })

  test('--date is the day that the template writes', () => {
    const dated = savedWeights(model, tokenizer, {
      template: { ...template, jinja: `{{ strftime_now('%d') }}${template.jinja}` },
    })
    const answer = (...more: string[]) => project.llmpipe(['chat', dated, '-n', '8', '-t', '0', ...more], 'Hi\n').stdout
    expect(answer('--date', '2026-01-26')).toBe(answer())
    expect(answer('--date', '2026-01-31')).not.toBe(answer())
  })
})
