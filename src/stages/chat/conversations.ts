/** The kind `conversations`: reads conversations from documents in one of the usual layouts of chat data. */

import type { JsonObject } from '../../core/values/json.ts'
import type { LayoutName } from '../../data/conversations/layouts.ts'
import { defineKind } from '../shared/define-kind.ts'

/** The number of documents by which a layout is recognized. */
const sampleSize = 100

export const conversations = defineKind({
  name: 'conversations',
  version: 5,
  summary: 'Reads conversations from the usual layouts of chat data.',
  documentation: `Layouts: \`messages\` (\`[{"role", "content"}, …]\`, in \`messages\` or \`conversations\`), \`sharegpt\`
(\`[{"from", "value"}, …]\`), \`prompt_response\` (\`prompt\` and \`response\` or \`completion\`, texts or messages), \`alpaca\`
(\`instruction\`, \`input\`, \`output\`), and \`chosen_rejected\` (the chosen one of two: hh-rlhf's text, messages, or an answer
to \`prompt\`, to \`instruction\` and \`input\`, or to the list of messages beside them).

A \`system\` message, the turns of \`history\`, \`tools\`, the \`tool_calls\` and \`reasoning_content\` of a message are kept, and so is
\`"weight": 0\`, which marks an answer as context that is not learned from. A record that would lose a part is left out.

\`auto\` looks at the first ${sampleSize} documents and logs the layout that it recognized. If none fits, or more than one, the stage
fails and says how to give the layout. Documents in another layout, or without an answer, are left out and counted, and the run warns.
Messages after the last answer of a conversation are cut off and counted.`,
  inputs: { docs: { kinds: ['Docs'], description: 'The documents, as `read` returns them.' } },
  settings: {
    layout: {
      type: 'string',
      enum: ['auto', 'messages', 'sharegpt', 'prompt_response', 'alpaca', 'chosen_rejected'],
      default: 'auto',
      description: 'The layout of a conversation in the fields of a document.',
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
      for await (const { fields } of itemsOf(stage, docs, 'recognizing')) if (first.push(fields) === sampleSize) break
      layout = recognizeLayout(first)
      const message = `recognized the layout ${layout}: ${layouts[layout].looks}`
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
