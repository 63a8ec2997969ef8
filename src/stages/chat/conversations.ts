/** The kind `conversations`: documents in one of the usual layouts of chat data to conversations. */

import type { JsonObject } from '../../core/json.ts'
import type { LayoutName } from '../../data/conversations/layouts.ts'
import { defineKind } from '../shared/define-kind.ts'

/** Documents looked at to recognise a layout. */
const looked = 100

export const conversations = defineKind({
  name: 'conversations',
  version: 5,
  summary: 'Takes conversations from the usual layouts of chat data.',
  documentation: `Layouts: \`messages\` (\`[{"role", "content"}, …]\`, in \`messages\` or \`conversations\`), \`sharegpt\`
(\`[{"from", "value"}, …]\`), \`prompt_response\` (\`prompt\` and \`response\` or \`completion\`, texts or messages), \`alpaca\`
(\`instruction\`, \`input\`, \`output\`), and \`chosen_rejected\` (the chosen one of two: hh-rlhf's text, messages, or an answer
to \`prompt\`, to \`instruction\` and \`input\`, or to the list of messages beside them).

With them go a \`system\` message, the turns of \`history\`, \`tools\`, the \`tool_calls\` and \`reasoning_content\` of a message, and
\`"weight": 0\`: an answer that is context and is not learned. A record of which a part would be lost is left out.

\`auto\` looks at the first ${looked} documents and says in the log what it recognised; where none fits, or more than one, it
fails and says how to tell it. Documents in another layout, or in which the assistant says nothing, are left out and counted,
and the run warns. What follows the last answer of a conversation is cut off, and counted.`,
  inputs: { docs: { kinds: ['Docs'], description: 'The documents, as `read` gives them.' } },
  settings: {
    layout: {
      type: 'string',
      enum: ['auto', 'messages', 'sharegpt', 'prompt_response', 'alpaca', 'chosen_rejected'],
      default: 'auto',
      description: 'How the fields of the documents hold a conversation.',
    },
  },
  positional: ['docs', 'layout'],
  outputs: () => [{ name: 'out', type: { kind: 'Pairs' } }],
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async run(stage) {
    const { layouts, recognizeLayout } = await import('../../data/conversations/layouts.ts')
    const { isLearned, problemOf } = await import('../../data/conversations/messages.ts')
    const { ExamplePass, exactFieldsOf, itemsOf } = await import('./example-pass.ts')
    const docs = stage.inputs.docs
    let layout: LayoutName | 'auto' = stage.settings.layout
    if (layout === 'auto') {
      const first: JsonObject[] = []
      for await (const { fields } of itemsOf(stage, docs, 'recognising')) if (first.push(fields) === looked) break
      layout = recognizeLayout(first)
      const message = `recognised the layout ${layout}: ${layouts[layout].looks}`
      stage.emit({ event: 'log', level: 'info', message })
    }
    const pass = new ExamplePass('conversations', stage.outputs.out, 'Pairs')
    for await (const item of itemsOf(stage, docs, 'reading')) {
      pass.take(item)
      const read = layouts[layout].read(exactFieldsOf(item))
      const problem = 'problem' in read ? read.problem : problemOf(read.messages)
      if (problem !== undefined || 'problem' in read) {
        pass.drop(item, problem!)
        continue
      }
      const last = read.messages.findLastIndex(isLearned)
      if (last < read.messages.length - 1) pass.change('messages after the last answer cut off')
      const messages = read.messages.slice(0, last + 1)
      if (messages.some(({ learned }) => learned === false)) pass.change('answers that are context and not learned')
      pass.write({ id: item.id, messages, ...(read.tools === undefined ? {} : { tools: read.tools }) })
    }
    const report = pass.finish()
    pass.warn(stage)
    return report
  },
})
