/** The kind `weights`: takes a trained model from a folder. */

import type { JsonObject } from '../../core/json.ts'
import type { Misfit } from '../../core/kind.ts'
import type { StageModule } from '../../core/stage.ts'
import { isDate } from '../../text/chat/template.ts'
import type { Kind, StageServices } from '../shared/services.ts'

export const weights: Kind = {
  name: 'weights',
  version: 2,
  summary: 'Takes a trained model from a folder.',
  documentation: `\`stage start = weights("models/smollm")\`: training can start from it. The folder is one that Hugging Face's \`transformers\`
saved, or one of llmpipe's own. Read are GPT-2 and Llama models: \`config.json\`, all \`.safetensors\` files (float32, float16 or
bfloat16) and \`tokenizer.json\`. Anything in them that std.models cannot be is an error that says what; nothing is guessed.

With \`chat: true\` its chat template is taken too (\`chat_template.jinja\`, or that in \`tokenizer_config.json\`). Without, it is
left behind, and \`sft(start, on: pairs, template: chatml)\` gives it another. Many templates write today's date (\`strftime_now\`); so that a run can be repeated, it is always the same day: give it
with \`date: "2026-01-31"\`.`,
  shape: 'stage',
  inputs: {},
  settings: {
    properties: {
      path: {
        type: 'string',
        files: true,
        within: ['*.json', '*.safetensors', '*.jinja'],
        description: 'The folder, relative to the program.',
      },
      adapter: {
        type: 'string',
        files: true,
        optional: true,
        within: ['adapter_config.json', 'adapter_model.safetensors'],
        description: 'The folder of a low-rank adapter of PEFT, which is added to the weights.',
      },
      chat: { type: 'boolean', default: false, description: 'Whether its chat template is taken.' },
      date: {
        type: 'string',
        minLength: 1,
        optional: true,
        description:
          'With `chat: true`: the day that `strftime_now` returns in the chat template, `"2026-01-31"`; otherwise 2024-07-26, always.',
      },
    },
  },
  positional: ['path'],
  outputs: ({ self, params }) =>
    misfitOfDate(params) ?? [
      {
        name: 'out',
        type: {
          kind: 'Weights',
          model: self,
          tokenizer: self,
          ...(params.chat ? { template: `that of ${self}` } : {}),
        },
      },
    ],
  metrics: () => ['parameters'],
  resources: () => ({ cpus: 1, memory: 2 * 1024 ** 3 }),
  load: async (): Promise<StageModule<StageServices>> => import('./weights.run.ts'),
}

/** A misfit if `date` is not a day, or has no template to be the day of. */
function misfitOfDate({ chat, date }: JsonObject): Misfit | undefined {
  if (date === undefined) return undefined
  if (!chat)
    return {
      code: 'invalid-setting',
      at: 'date',
      message: '`date` is the day that the chat template of the folder writes, and the template is not taken',
      help: 'Take it with `chat: true`, or leave `date` out.',
    }
  if (isDate(String(date))) return undefined
  return {
    code: 'invalid-setting',
    at: 'date',
    message: `${JSON.stringify(date)} is not a day`,
    help: 'Write year, month and day: `date: "2026-01-31"`.',
  }
}
