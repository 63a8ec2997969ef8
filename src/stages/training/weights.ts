/** The kind `weights`: reads a trained model from a folder. */

import type { Misfit } from '../../core/kind/kind.ts'
import { isDate } from '../../text/chat/template.ts'
import { defineKind } from '../shared/define-kind.ts'

export const weights = defineKind({
  name: 'weights',
  version: 3,
  summary: 'Reads a trained model from a folder or a GGUF file.',
  documentation: `\`stage start = weights("models/smollm")\`: training can start from it. Either Hugging Face's \`transformers\` or llmpipe saved the
folder. It can hold a model of one of the families of std.models: \`config.json\`, all \`.safetensors\` files (float32, float16 or bfloat16) and
\`tokenizer.json\`. If the files ask for something that std.models cannot be, an error says what; nothing is guessed.

\`weights("model.gguf")\` reads a file of llama.cpp of the same families, in F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 or the
K-quants (Q4_K_M and the like), with its tokenizer.

With \`chat: true\` the weights keep the chat template of the folder (\`chat_template.jinja\`, the one in \`tokenizer_config.json\`, or that of the file).
Without it, a template that is there is left out, and the run says so.
Otherwise they have none, and \`sft(start, on: pairs, template: chatml)\` gives them another. Many templates write today's date
(\`strftime_now\`). So that a run can be repeated, that is always the same day: set it with \`date: "2026-01-31"\`.`,
  inputs: {},
  settings: {
    path: {
      type: 'string',
      files: true,
      within: ['*.json', '*.safetensors', '*.jinja', '*.model'],
      orFile: ['.gguf'],
      description: 'The folder or the GGUF file, relative to the program.',
    },
    adapter: {
      type: 'string',
      files: true,
      optional: true,
      within: ['adapter_config.json', 'adapter_model.safetensors'],
      description:
        'The folder of a low-rank adapter of PEFT, which is merged into the weights, or a list of folders, whose adapters are all added.',
    },
    chat: { type: 'boolean', default: false, description: 'Whether the weights keep the chat template of the folder.' },
    date: {
      type: 'string',
      minLength: 1,
      optional: true,
      description:
        'With `chat: true`: the day that `strftime_now` returns in the chat template, `"2026-01-31"`. The default is always 2024-07-26.',
    },
  },
  positional: ['path'],
  outputs: ({ self, settings }) =>
    misfitOfDate(settings) ?? [
      {
        name: 'out',
        type: {
          kind: 'Weights',
          model: self,
          tokenizer: self,
          ...(settings.chat ? { template: `that of ${self}` } : {}),
        },
      },
    ],
  metrics: () => ['parameters'],
  resources: () => ({ cpus: 1, memory: 2 * 1024 ** 3 }),
  load: () => import('./weights.run.ts'),
})

/** A misfit if `date` is not a day, or if the weights keep no template that could write it. */
function misfitOfDate({ chat, date }: { readonly chat: boolean; readonly date?: string }): Misfit | undefined {
  if (date === undefined) return undefined
  if (!chat)
    return {
      code: 'invalid-setting',
      at: 'date',
      message: '`date` is for the chat template of the folder, and the weights do not keep that template',
      help: 'Keep it with `chat: true`, or leave `date` out.',
    }
  if (isDate(date)) return undefined
  return {
    code: 'invalid-setting',
    at: 'date',
    message: `${JSON.stringify(date)} is not a day`,
    help: 'Write year, month and day: `date: "2026-01-31"`.',
  }
}
