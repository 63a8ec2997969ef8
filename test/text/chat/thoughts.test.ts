/** Templates that remove the thoughts of earlier answers: each answer is learned after the text that the model sees when it generates it. */

import { describe, expect, it } from 'vitest'
import type { Message } from '../../../src/core/conversation.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { chatEncoder } from '../../../src/text/chat/encode-chat.ts'
import type { ChatTemplate } from '../../../src/text/chat/template.ts'
import { specialTokens } from '../../../src/text/special.ts'
import type { Tokenizer } from '../../../src/text/tokenizer.ts'

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string, more: Partial<Message> = {}): Message => ({ role: 'assistant', content, ...more })

const template = (end: string, jinja: string): ChatTemplate => ({ name: 'mine', tokens: [end], end, jinja })

/** Like DeepSeek R1: no answer keeps its thoughts. */
const r1 = (invitation: string) =>
  template(
    '<end>',
    `{% for message in messages %}{% if message['role'] == 'user' %}{{ '<u>' + message['content'] }}{% elif message['role'] == 'assistant' %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{ '<a>' + content + '<end>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '${invitation}' }}{% endif %}`,
  )

/** Like Qwen3: only answers after the last question keep their thoughts, and an answer without thoughts gets empty ones. */
const qwen3 = template(
  '<end>',
  `{%- set ns = namespace(last=0) %}{%- for message in messages %}{%- if message.role == 'user' %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}
{%- for message in messages %}
    {%- if message.role == 'user' or message.role == 'tool' %}
        {{- '<u>' + message.content + '<end>\\n' }}
    {%- else %}
        {%- set content = message.content %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or reasoning_content) %}
            {{- '<a>\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<a>\\n' + content }}
        {%- endif %}
        {{- '<end>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<a>\\n' }}{%- endif %}`,
)

/** Like GLM 4.5: no token ends an answer. */
const glm = template(
  '<eos>',
  `{% for m in messages %}{% if m.role == 'user' %}<|user|>
{{ m.content }}{% else %}<|assistant|>
{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>
{% endif %}`,
)

const tokenizer = bytesTokenizer(specialTokens('', ['<end>', '<eos>', '<u>', '<a>', '<think>', '</think>']))

/** The texts of the examples, with brackets around learned parts. */
function taught(of: ChatTemplate, messages: readonly Message[], using: Tokenizer = tokenizer): string[] {
  const encoder = chatEncoder(of, using)
  return encoder.examples(messages).map(({ ids, mask, turns }) => {
    for (const { message, start } of turns)
      expect([...encoder.prompt(messages.slice(0, message))]).toEqual([...ids.subarray(0, start)])
    return [...ids]
      .map((id, i) => `${mask[i] && !mask[i - 1] ? '[' : ''}${using.decode([id])}${mask[i] && !mask[i + 1] ? ']' : ''}`)
      .join('')
  })
}

const talk = [
  user('2+2?'),
  assistant('<think>short</think>Four.'),
  user('3+3?'),
  assistant('<think>again</think>Six.'),
  user('Thanks'),
  assistant('Yes.'),
]

describe('each answer is taught after what a model is shown', () => {
  it('where the template writes no thoughts, with the thoughts that the model is to have', () => {
    expect(taught(r1('<a>'), talk)).toEqual([
      '<u>2+2?<a>[<think>short</think>Four.<end>]',
      '<u>2+2?<a>Four.<end><u>3+3?<a>[<think>again</think>Six.<end>]',
      '<u>2+2?<a>Four.<end><u>3+3?<a>Six.<end><u>Thanks<a>[Yes.<end>]',
    ])
  })

  it('where the template begins the thought itself', () => {
    expect(taught(r1('<a><think>\\n'), talk.slice(0, 4))).toEqual([
      '<u>2+2?<a><think>\n[short</think>Four.<end>]',
      '<u>2+2?<a>Four.<end><u>3+3?<a><think>\n[again</think>Six.<end>]',
    ])
    expect(() => taught(r1('<a><think>\\n'), talk)).toThrow(
      'renders the first 5 messages differently with and without the answer that follows',
    )
  })

  it('where the template writes the thoughts of the last answer alone', () => {
    expect(taught(qwen3, talk)).toEqual([
      '<u>2+2?<end>\n<a>\n[<think>\nshort\n</think>\n\nFour.<end>]',
      '<u>2+2?<end>\n<a>\nFour.<end>\n<u>3+3?<end>\n<a>\n[<think>\nagain\n</think>\n\nSix.<end>]',
      '<u>2+2?<end>\n<a>\nFour.<end>\n<u>3+3?<end>\n<a>\nSix.<end>\n<u>Thanks<end>\n<a>\n[<think>\n\n</think>\n\nYes.<end>]\n',
    ])
  })

  it('of two that the template writes alike, in one text', () => {
    const messages = [
      user('a'),
      assistant('b', { reasoning_content: 'x' }),
      { role: 'tool', content: 'c' },
      assistant('d', { reasoning_content: 'y' }),
    ]
    expect(taught(qwen3, messages)).toEqual([
      '<u>a<end>\n<a>\n[<think>\nx\n</think>\n\nb<end>]\n<u>c<end>\n<a>\n[<think>\ny\n</think>\n\nd<end>]\n',
    ])
  })

  it('where the template begins a thought in other white space than it writes one, as Nemotron and Qwen3.5 do', () => {
    const begins = template(
      '<end>',
      `{%- for m in messages %}{%- if m.role == 'user' %}{{- '<u>' + m.content }}{%- else %}
{%- set thought = m.reasoning_content if m.reasoning_content is defined else (m.content.split('</think>')[0].split('<think>')[-1] if '</think>' in m.content else '') %}
{%- set said = m.content.split('</think>')[-1] %}
{{- '<a>' + ('<think>' + ('\\n' + thought + '\\n' if thought else '') + '</think>' if loop.last else '') + said + '<end>' }}{%- endif %}{%- endfor %}
{%- if add_generation_prompt %}{{- '<a><think>\\n' }}{%- endif %}`,
    )
    expect(taught(begins, talk)).toEqual([
      '<u>2+2?<a><think>\n[short\n</think>Four.<end>]',
      '<u>2+2?<a>Four.<end><u>3+3?<a><think>\n[again\n</think>Six.<end>]',
      '<u>2+2?<a>Four.<end><u>3+3?<a>Six.<end><u>Thanks<a><think>\n[</think>Yes.<end>]',
    ])
  })

  it('with an end where the template writes none', () => {
    expect(taught(glm, [user('a'), assistant('b'), user('c'), assistant('d')])).toEqual([
      '<|user|>\na<|assistant|>\n[b<eos>]',
      '<|user|>\na<|assistant|>\nb<|user|>\nc<|assistant|>\n[d<eos>]',
    ])
  })
})

it('an answer that is not to be learned is context, and no answer to learn makes no example', () => {
  const messages = [user('a'), assistant('b', { learned: false }), user('c'), assistant('d')]
  expect(taught(qwen3, messages)).toEqual(['<u>a<end>\n<a>\nb<end>\n<u>c<end>\n<a>\n[<think>\n\n</think>\n\nd<end>]\n'])
  expect(taught(qwen3, messages.slice(0, 2))).toEqual([])
})

it('thoughts that a template does not write are noted, and so are those it writes in no answer', () => {
  const encoder = chatEncoder(glm, tokenizer)
  const notes = (of: typeof encoder, message: Message) =>
    of.examples([user('a'), message]).flatMap((each) => each.notes)
  expect(notes(encoder, assistant('b', { reasoning_content: 'x' }))).toEqual(['end added', 'thoughts lost'])
  expect(notes(chatEncoder(qwen3, tokenizer), assistant('b', { reasoning_content: 'x' }))).toEqual([])
  expect(notes(chatEncoder(r1('<a>'), tokenizer), assistant('<think>x</think>b'))).toEqual(['thoughts kept'])
})

it('an answer whose tool calls the template does not write is refused, and tools that it does not list are noted', () => {
  const weather = { type: 'function', function: { name: 'weather' } }
  const calls = [{ type: 'function', function: { name: 'weather', arguments: {} } }]
  const called = [user('Weather?'), assistant('Let me look.', { tool_calls: calls })]
  expect(() => taught(glm, called)).toThrow('does not write the tools that an answer calls: weather')
  // As context, and in a prompt too.
  const later = [...called, { role: 'tool', content: 'rain' }, user('So?'), assistant('Rain.')]
  expect(() => taught(glm, later)).toThrow('does not write the tools')
  expect(() => chatEncoder(glm, tokenizer).prompt(later.slice(0, 4))).toThrow('does not write the tools')
  const [noted] = chatEncoder(glm, tokenizer).examples([user('a'), assistant('b')], [weather])
  expect(noted!.notes).toEqual(['end added', 'tools lost'])
})
