/** The kind `map`: the text of each document, made of its fields. It runs inside `documents`. */

import type { Misfit } from '../../../core/kind/kind.ts'
import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const map = defineDocumentKind({
  name: 'map',
  version: 2,
  summary: 'Makes the text of each document of its fields, and chooses the fields that stay.',
  documentation: `\`docs |> map(text: "{title}\\n\\n{text}", keep_fields: ["url"])\`. The holes are fields of the record, among them \`text\`, the text so far. A
document without one of them ends the stage with an error: \`keep(where: has(title))\` before it drops such documents, and counts them.`,
  inputs: { docs: docsInput },
  settings: {
    text: {
      type: 'string',
      template: true,
      optional: true,
      description: 'The text; its {holes} are fields of a document, `{title}`, `{meta.author}` or `{"my field"}`.',
    },
    keep_fields: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'The name of a field.' },
      optional: true,
      description: 'The fields that documents keep besides the text and the id; all of them by default.',
    },
  },
  positional: ['docs', 'text'],
  outputs: (call) => withoutHoles(call.settings) ?? docsOutput(),
  step: async () => (await import('../../../data/steps/map.ts')).map,
})

/** A misfit if the text has no hole: all documents would be the same. */
function withoutHoles({ text }: { readonly text?: string }): Misfit | undefined {
  if (text === undefined || /(?<!\\)(?:\\\\)*\{/.test(text)) return undefined
  return {
    code: 'invalid-setting',
    at: 'text',
    message: 'The text of `map` has no hole, so every document would have the same text',
    help: 'Name fields in braces: `map(text: "{title}\\n\\n{text}")`.',
  }
}
