/** The kind `weights`: takes a trained model from a folder. */

import type { StageModule } from '../core/kind.ts'
import type { Kind, StageServices } from './services.ts'

export const weights: Kind = {
  name: 'weights',
  version: 2,
  summary: 'Takes a trained model from a folder.',
  documentation: `\`stage start = weights("models/smollm")\`: training can start from it. The folder is one that Hugging Face's \`transformers\`
saved, or one of llmpipe's own. Read are GPT-2 and Llama models: \`config.json\`, all \`.safetensors\` files (float32, float16 or
bfloat16) and \`tokenizer.json\`. Anything in them that std.models cannot be is an error that says what; nothing is guessed.

With \`chat: true\` its chat template is taken too (\`chat_template.jinja\`, or that in \`tokenizer_config.json\`). Without, it is
left behind, and \`sft(start, on: pairs, template: chatml)\` gives it another.`,
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
    },
  },
  positional: ['path'],
  outputs: ({ self, params }) => [
    {
      name: 'out',
      type: { kind: 'Weights', model: self, tokenizer: self, ...(params.chat ? { template: `that of ${self}` } : {}) },
    },
  ],
  metrics: () => ['parameters'],
  resources: () => ({ cpus: 1, memory: 2 * 1024 ** 3 }),
  load: async (): Promise<StageModule<StageServices>> => import('./weights.run.ts'),
}
