/** The kind `pair`: makes prompts with responses of the fields of documents. */

import { defineKind } from '../shared/define-kind.ts'
import { promptSetting, responseSetting, systemSetting } from './conversation-settings.ts'

export const pair = defineKind({
  name: 'pair',
  version: 1,
  summary: 'Makes prompts with responses of the fields of documents.',
  documentation: `\`read("data/definitions.jsonl") |> pair(prompt: "Define {word}.", response: "{gloss}")\`. A document that lacks
a field, or whose response is empty, is left out, and the ledger says which. \`{text}\` is the text of a document.`,
  inputs: { docs: { kinds: ['Docs'], description: 'The documents whose fields are taken.' } },
  settings: { prompt: promptSetting, response: responseSetting, system: systemSetting },
  positional: ['docs', 'prompt', 'response'],
  outputs: () => [{ name: 'out', type: { kind: 'Pairs' } }],
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async run(stage) {
    const { promptFrom, fillIn } = await import('../../data/conversations/prompt.ts')
    const { fieldTemplate } = await import('../../data/conversations/field-template.ts')
    const { ExamplePass, itemsOf } = await import('./example-pass.ts')
    const ask = promptFrom(stage.settings.prompt, stage.settings.system)
    const response = fieldTemplate(stage.settings.response)
    const pass = new ExamplePass('pair', stage.outputs.out, 'Pairs')
    for await (const item of itemsOf(stage, stage.inputs.docs, 'pairing')) {
      pass.take(item)
      const asked = ask(item.fields)
      const answer = fillIn(response, item.fields)
      if ('rule' in asked) pass.drop(item, asked.rule)
      else if ('rule' in answer) pass.drop(item, answer.rule)
      else if (answer.text.trim() === '') pass.drop(item, 'an empty response')
      else {
        const messages = [...asked.messages, { role: 'assistant', content: answer.text }]
        pass.write({ id: item.id, messages })
      }
    }
    const report = pass.finish()
    pass.warn(stage)
    return report
  },
})
