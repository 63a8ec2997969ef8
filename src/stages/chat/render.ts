/** The kind `render`: conversations to the text that a chat template makes of them. */

import type { Prompt } from '../../core/conversation.ts'
import type { StageReport } from '../../core/report.ts'
import type { StageModule } from '../../core/stage.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { templateParam, templateProblem, templateSetting } from './template-setting.ts'

export const render: Kind = {
  name: 'render',
  version: 2,
  summary: 'Shows conversations as a chat template writes them.',
  documentation: `\`pairs |> render(chatml)\` gives documents: to look at what a model is taught, or to learn more from than the
answers. Prompts are rendered up to where the assistant answers. Special tokens are plain text in documents: a model is
fine-tuned with \`sft(template: …)\`, not on these.`,
  shape: 'stage',
  inputs: { of: { kinds: ['Pairs', 'Prompts'], description: 'The conversations.' } },
  settings: { properties: { template: templateSetting } },
  positional: ['of', 'template'],
  outputs: ({ params }) => templateProblem(templateParam(params)) ?? [{ name: 'out', type: { kind: 'Docs' } }],
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async load(): Promise<StageModule<StageServices>> {
    const { StageError } = await import('../../core/failure.ts')
    const { Document } = await import('../../data/document.ts')
    const { fullRenderer } = await import('../../text/chat/jinja.ts')
    const { ExamplePass, itemsOf } = await import('./example-pass.ts')
    return {
      async run(stage): Promise<StageReport> {
        const of = stage.inputs.of![0]!
        const rendered = fullRenderer(templateParam(stage.params))
        const pass = new ExamplePass('render', stage.outputs.out!, 'Docs')
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
    }
  },
}
