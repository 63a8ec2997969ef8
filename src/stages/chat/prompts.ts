/** The kind `prompts`: conversations that wait for an answer. */

import { defineKind } from '../shared/define-kind.ts'
import { promptSetting, systemSetting } from './conversation-settings.ts'

export const prompts = defineKind({
  name: 'prompts',
  version: 2,
  summary: 'Takes the prompts of pairs or rankings, or makes prompts of documents.',
  documentation: `\`pairs |> prompts()\` takes each conversation up to its last answer; \`docs |> prompts("Define {word}.")\`
fills in a template. A repeated prompt is left out and counted.`,
  inputs: {
    of: {
      kinds: ['Pairs', 'Rankings', 'Answers', 'Docs'],
      description: 'The conversations that have prompts, or documents to make prompts of.',
    },
  },
  settings: { prompt: { ...promptSetting, optional: true }, system: systemSetting },
  positional: ['of', 'prompt'],
  outputs({ inputs, settings }) {
    const isDocs = inputs.of.kind === 'Docs'
    if (isDocs && settings.prompt === undefined) {
      return {
        code: 'invalid-setting',
        at: 'of',
        message: 'Documents have no prompts',
        help: 'Say how to make them of their fields: `prompts(docs, "Define {word}.")`.',
      }
    }
    const extra = settings.prompt === undefined ? 'system' : 'prompt'
    if (!isDocs && settings[extra] !== undefined) {
      return {
        code: 'invalid-setting',
        at: extra,
        other: 'of',
        message: 'A template is for documents; these already have prompts',
        help: `Leave out ${extra}.`,
      }
    }
    return [{ name: 'out', type: { kind: 'Prompts' } }]
  },
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async run(stage) {
    const { promptFrom } = await import('../../data/conversations/prompt.ts')
    const { keyOf, questionOf } = await import('../../data/conversations/examples.ts')
    const { ExamplePass, itemsOf } = await import('./example-pass.ts')
    const { hash } = await import('node:crypto')
    const template = stage.settings.prompt
    const ask = template === undefined ? undefined : promptFrom(template, stage.settings.system)
    const pass = new ExamplePass('prompts', stage.outputs.out, 'Prompts')
    const seen = new Set<string>()
    for await (const item of itemsOf(stage, stage.inputs.of, 'collecting')) {
      pass.take(item)
      const { example } = item
      const asked = ask === undefined ? { messages: questionOf(example!) } : ask(item.fields)
      if ('rule' in asked) {
        pass.drop(item, asked.rule)
        continue
      }
      const tools = example?.tools === undefined ? {} : { tools: example.tools }
      const key = hash('sha256', `${keyOf(asked.messages)}${JSON.stringify(tools)}`, 'base64')
      if (!['user', 'tool'].includes(asked.messages.at(-1)?.role ?? '')) pass.drop(item, 'nothing is asked')
      else if (seen.has(key)) pass.drop(item, 'the same prompt again')
      else pass.write({ id: item.id, messages: asked.messages, ...tools })
      seen.add(key)
    }
    return pass.finish()
  },
})
