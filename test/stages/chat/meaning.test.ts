/** Published chat data: each part with a meaning is kept, or a rule that names the part leaves the record out. */

import { describe, expect, it } from 'vitest'
import { conversations } from '../../../src/stages/chat/conversations.ts'
import { prompts } from '../../../src/stages/chat/prompts.ts'
import { render } from '../../../src/stages/chat/render.ts'
import { assistant, call, leftOut, one, rig, system, user, weather } from './meaning-rig.ts'
import { linesIn } from './rig.ts'

describe('a message', () => {
  it('keeps the tools it calls beside its text, with their arguments as an object', async () => {
    const written = { ...call({}), function: { name: 'weather', arguments: '{"city": "Bern"}' } }
    const messages = [
      user('Weather?'),
      { role: 'assistant', content: 'Let me look.', tool_calls: [written] },
      { role: 'tool', tool_call_id: 'c1', name: 'weather', content: 'rain' },
      assistant('It rains.'),
    ]
    expect(await one({ messages, tools: [weather] })).toEqual({
      messages: [messages[0], { ...messages[1], tool_calls: [call({ city: 'Bern' })] }, messages[2], messages[3]],
      tools: [weather],
    })
  })

  it('may call a tool and say nothing', async () => {
    for (const content of [null, '']) {
      const messages = [user('Weather?'), { role: 'assistant', content, tool_calls: [call({})] }]
      expect((await one({ messages })).messages[1]).toEqual({ role: 'assistant', content: '', tool_calls: [call({})] })
    }
    const older = [user('w'), { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '{}' } }]
    expect((await one({ messages: older })).messages[1].tool_calls).toEqual([
      { type: 'function', function: { name: 'weather', arguments: {} } },
    ])
  })

  it('keeps its thoughts apart from its text', async () => {
    const wanted = { role: 'assistant', content: 'Four.', reasoning_content: 'add' }
    const forms = [
      { content: 'Four.', reasoning_content: 'add' },
      { content: 'Four.', thinking: 'add' },
      {
        content: [
          { type: 'thinking', thinking: 'add' },
          { type: 'text', text: 'Four.' },
        ],
      },
    ]
    for (const form of forms) {
      expect((await one({ messages: [user('2+2?'), { role: 'assistant', ...form }] })).messages[1]).toEqual(wanted)
    }
  })

  it('of weight 0 is context that is not learned', async () => {
    const zero = [{ weight: 0 }, { train: false }, { training: false }, { loss: false }]
    for (const mark of zero) {
      const messages = [
        user('A?'),
        { ...assistant('bad'), ...mark },
        user('Again'),
        { ...assistant('good'), weight: 1 },
      ]
      const { records, report } = await rig.run(conversations, { docs: rig.docs({ messages }) })
      expect(records[0].messages).toEqual([
        user('A?'),
        { ...assistant('bad'), learned: false },
        user('Again'),
        assistant('good'),
      ])
      expect(report.ledger!.changed).toEqual([
        { step: 'conversations: answers that are context and not learned', documents: 1 },
      ])
    }
    expect(await leftOut({ messages: [user('a'), { ...assistant('b'), weight: 0 }] })).toBe(
      'no answer that is to be learned: each has the weight 0',
    )
    expect(await leftOut({ messages: [user('a'), { ...assistant('b'), weight: 0.5 }] })).toBe(
      'a "weight" of an answer that is neither 0 nor 1',
    )
  })

  it('of weight 0 at the end is cut off', async () => {
    const messages = [user('a'), assistant('b'), user('c'), { ...assistant('bad'), weight: 0 }]
    expect(await one({ messages })).toEqual({ messages: [user('a'), assistant('b')] })
  })

  it('takes a refusal and the parts of the Responses API as text', async () => {
    expect(
      (await one({ messages: [user('q'), { role: 'assistant', content: null, refusal: 'No.' }] })).messages[1],
    ).toEqual(assistant('No.'))
    const parts = [
      { role: 'user', content: [{ type: 'input_text', text: 'What?' }] },
      { role: 'assistant', content: [{ type: 'output_text', text: 'That.' }] },
    ]
    expect((await one({ messages: parts })).messages).toEqual([user('What?'), assistant('That.')])
  })

  it('is left out with its record if a part of it is not text', async () => {
    const picture = [{ type: 'image_url', image_url: { url: 'x' } }]
    expect(await leftOut({ messages: [{ role: 'user', content: picture }, assistant('A cat.')] })).toBe(
      'a message with a part of the type "image_url"',
    )
    expect(await leftOut({ messages: [{ ...user('What?'), images: ['x.png'] }, assistant('A cat.')] })).toBe(
      'a message with "images", which is not text',
    )
    expect(await leftOut({ messages: [user('<image>What?'), assistant('A cat.')], images: ['x.png'] })).toBe(
      '"images" beside the messages, which is not text',
    )
    expect(await leftOut({ messages: [user('w'), { role: 'assistant', tool_calls: [{ id: 'c1' }] }] })).toBe(
      'a tool call that names no function',
    )
  })

  it('may not have a role that is the name of a property in JavaScript', async () => {
    for (const role of ['constructor', '__proto__', 'toString'])
      expect(await leftOut({ messages: [{ role, content: 'x' }, assistant('y')] })).toBe(
        `a message of the unknown role "${role}"`,
      )
  })
})

describe('a record', () => {
  const turns = [
    { from: 'human', value: 'Hello' },
    { from: 'gpt', value: 'Hi.' },
  ]
  const wanted = [system('Be terse.'), user('Hello'), assistant('Hi.')]

  it('gives its system message to the conversation, whatever its layout', async () => {
    expect(await one({ system: 'Be terse.', conversations: turns, tools: '[]' })).toEqual({ messages: wanted })
    expect(await one({ system: 'Be terse.', messages: wanted.slice(1) })).toEqual({ messages: wanted })
    expect(await one({ system: 'Be terse.', messages: wanted })).toEqual({ messages: wanted })
    expect(await one({ system: 'Be terse.', prompt: 'Hello', response: 'Hi.' })).toEqual({ messages: wanted })
    expect(await one({ system_prompt: 'Be terse.', prompt: 'Hello', completion: 'Hi.' })).toEqual({ messages: wanted })
    expect(await one({ system: 'Be terse.', prompt: 'Hello', chosen: 'Hi.', rejected: 'x' })).toEqual({
      messages: wanted,
    })
    expect(await leftOut({ system: 'Be kind.', messages: wanted })).toBe('a "system" beside another system message')
    expect(await leftOut({ system: ['Be kind.'], messages: wanted.slice(1) })).toBe('a "system" that is not text')
  })

  it('of alpaca has earlier turns and a system message', async () => {
    const history = [['What is the first planet?', 'Mercury.']]
    const record = {
      instruction: 'And the second?',
      input: '',
      output: 'Venus.',
      system: 'Answer in one word.',
      history,
    }
    expect(await one(record)).toEqual({
      messages: [
        system('Answer in one word.'),
        user('What is the first planet?'),
        assistant('Mercury.'),
        user('And the second?'),
        assistant('Venus.'),
      ],
    })
    expect(await leftOut({ prompt: 'a', response: 'b', history: ['x'] }, 'prompt_response')).toBe(
      'a message without a role',
    )
    expect(await leftOut({ prompt: 'a', response: 'b', history: [['x']] }, 'prompt_response')).toBe(
      'a "history" that is not a list of questions and answers',
    )
  })

  it('of prompt and completion may hold messages; the answers of a prompt are not learned', async () => {
    expect(await one({ prompt: [user('hi')], completion: [assistant('Hello.')] })).toEqual({
      messages: [user('hi'), assistant('Hello.')],
    })
    expect(await one({ prompt: [user('a'), assistant('b'), user('c')], completion: 'd' })).toEqual({
      messages: [user('a'), { ...assistant('b'), learned: false }, user('c'), assistant('d')],
    })
  })

  it('whose answer is labeled as bad is left out', async () => {
    expect(await leftOut({ prompt: 'a', completion: 'b', label: false }, 'prompt_response')).toBe(
      'an answer that "label" calls bad',
    )
    expect(await leftOut({ messages: [user('a'), assistant('b')], kto_tag: false })).toBe(
      'an answer that "kto_tag" calls bad',
    )
    expect(await one({ prompt: 'a', completion: 'b', label: true })).toEqual({ messages: [user('a'), assistant('b')] })
  })

  it.each([false, 0, '0', 'false', 'False', ' FALSE ', '0.0'])(
    'whose judgement is %j is left out as a bad answer',
    async (bad) => {
      const rule = await leftOut({ prompt: 'a', completion: 'b', label: bad }, 'prompt_response')
      expect(rule).toBe('an answer that "label" calls bad')
      // LlamaFactory's demonstration data has a label beside its messages.
      expect(await leftOut({ messages: [user('a'), assistant('b')], label: bad })).toBe(rule)
      const tagged = { messages: [user('a'), assistant('b')], kto_tag: bad }
      expect(await leftOut(tagged)).toBe('an answer that "kto_tag" calls bad')
    },
  )

  it.each([1, '1', 'true', 'True'])('whose judgement is %j is kept as a good answer', async (good) => {
    const messages = [user('a'), assistant('b')]
    expect(await one({ prompt: 'a', completion: 'b', label: good })).toEqual({ messages })
    expect(await one({ messages, kto_tag: good })).toEqual({ messages })
  })

  it('may have a label of something else, but no such judgement', async () => {
    const messages = [user('a'), assistant('b')]
    expect(await one({ prompt: 'a', completion: 'b', label: 'cooking' })).toEqual({ messages })
    expect(await leftOut({ messages, kto_tag: 'maybe' })).toBe('a "kto_tag" that is neither true nor false')
  })

  it('of ShareGPT has calls that are not learned, and thoughts beside calls', async () => {
    const value = '{"name": "weather", "arguments": {}}'
    const ask = { from: 'human', value: 'w?' }
    const weighed = { from: 'function_call', value, weight: 0, reasoning_content: 'look' }
    const conversations = [ask, weighed, { from: 'observation', value: 'rain' }, { from: 'gpt', value: 'Rain.' }]
    expect((await one({ conversations })).messages[1]).toMatchObject({ learned: false, reasoning_content: 'look' })
    const half = { conversations: [ask, { from: 'function_call', value, weight: 0.5 }] }
    expect(await leftOut(half, 'sharegpt')).toBe('a "weight" of an answer that is neither 0 nor 1')
  })

  /** Python writes numbers so after reading them: `json.dumps(json.loads(text))`. */
  const numbers =
    '{"id": 1234567890123456789, "price": 1.50, "whole": 1.0, "far": 1e5, "all": [-0.0, 9007199254740993, "7"], "n": 7}'
  const asPython =
    '{"id": 1234567890123456789, "price": 1.5, "whole": 1.0, "far": 100000.0, "all": [-0.0, 9007199254740993, "7"], "n": 7}'
  const tools = '[{"type": "function", "function": {"name": "find", "maximum": 18446744073709551615}}]'
  const jinja = [
    '{% for m in messages %}{% for c in m.tool_calls or [] %}find {{ c.function.arguments | tojson }}{% endfor %}{% endfor %}',
    '{{ tools | tojson }}',
  ]
  const template = { name: 'shows', tokens: [], end: '<e>', jinja }

  it.each([
    ['objects', numbers, tools],
    ['texts of JSON', JSON.stringify(numbers), JSON.stringify(tools)],
  ])('keeps the numbers of calls and tools exactly, given as %s, into the rendered text', async (_, input, offered) => {
    const call = `{"role":"assistant","content":"","tool_calls":[{"function":{"name":"find","arguments":${input}}}]}`
    const line = `{"id":"a","text":"","tools":${offered},"messages":[{"role":"user","content":"q"},${call}]}`
    const made = await rig.run(conversations, { docs: rig.line('Docs', line) })
    const [pair] = linesIn(made.artefact.path, 'Pairs')
    expect(pair).toContain('{"id":1234567890123456789,"price":1.50,"whole":1.0,"far":1e5,')
    const passed = await rig.run(prompts, { of: made.artefact })
    expect(linesIn(passed.artefact.path, 'Prompts')[0]).toContain('"maximum":18446744073709551615')
    const { records } = await rig.run(render, { of: made.artefact }, { template })
    expect(records[0].text).toBe(`find ${asPython}${tools}`)
  })

  it('has numbers for weights and judgements, however they are written', async () => {
    const of = (more: string) =>
      rig.line('Docs', `{"id":"a","text":"","messages":[{"role":"user","content":"q"},{"role":"assistant",${more}}]}`)
    const { records } = await rig.run(conversations, { docs: of('"content":"x","weight":1.0') })
    expect(records[0].messages[1]).toEqual(assistant('x'))
    await expect(rig.run(conversations, { docs: of('"content":"x","weight":0.0') })).rejects.toThrow('weight 0')
  })

  it('leaves out calls that are not JSON', async () => {
    const broken = { role: 'assistant', content: '', tool_calls: '{"name": "f"}, "more": 1' }
    expect(await leftOut({ messages: [user('a'), broken] })).toBe('tool calls that are not JSON')
  })

  it('of ShareGPT calls functions and observes what they say', async () => {
    const record = {
      tools: JSON.stringify([{ name: 'weather' }]),
      conversations: [
        { from: 'human', value: 'w?' },
        { from: 'function_call', value: '{"name": "weather", "arguments": {"city": "Bern"}}' },
        { from: 'observation', value: 'rain' },
        { from: 'gpt', value: 'Rain.' },
      ],
    }
    const { id: _, ...calls } = call({ city: 'Bern' })
    expect(await one(record)).toEqual({
      messages: [
        user('w?'),
        { role: 'assistant', content: '', tool_calls: [calls] },
        { role: 'tool', content: 'rain' },
        assistant('Rain.'),
      ],
      tools: [{ type: 'function', function: { name: 'weather' } }],
    })
  })
})
