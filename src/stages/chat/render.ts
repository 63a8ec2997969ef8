/** The kind `render`: renders conversations as text with a chat template. */

import type { Prompt } from '../../core/conversation.ts'
import { templateOf } from '../../text/chat/template.ts'
import { defineKind } from '../shared/define-kind.ts'
import { templateProblem, templateSetting } from './template-setting.ts'

export const render = defineKind({
  name: 'render',
  version: 2,
  summary: 'Renders conversations as text with a chat template.',
  documentation: `\`pairs |> render(chatml)\` makes documents, which show what a model is taught, or from which a model learns more than the
answers. Prompts are rendered up to the answer of the assistant. Special tokens are plain text in documents: fine-tune a model with
\`sft(template: …)\`, not on these documents.`,
  inputs: { of: { kinds: ['Pairs', 'Prompts'], description: 'The conversations.' } },
  settings: { template: templateSetting },
  positional: ['of', 'template'],
  outputs: ({ settings }) =>
    templateProblem(templateOf(settings.template)) ?? [{ name: 'out', type: { kind: 'Docs' } }],
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async run(stage) {
    const { StageError } = await import('../../core/failure.ts')
    const { Document } = await import('../../data/document.ts')
    const { fullRenderer } = await import('../../text/chat/jinja.ts')
    const { ExamplePass, itemsOf } = await import('./example-pass.ts')
    const of = stage.inputs.of
    const rendered = fullRenderer(templateOf(stage.settings.template))
    const pass = new ExamplePass('render', stage.outputs.out, 'Docs')
    for await (const item of itemsOf(stage, of, 'rendering')) {
      pass.take(item)
      try {
        const text = rendered(item.example as Prompt, of.kind === 'Prompts')
        pass.write(new Document(text.value, item.id))
      } catch (error) {
        if (!(error instanceof StageError)) throw error
        pass.drop(item, 'the template refuses it', error.message)
      }
    }
    pass.warn(stage)
    return pass.finish()
  },
})
