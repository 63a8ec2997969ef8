/** The kind `export`: a copy of an artefact in a folder of one's own. `export base to "out/base"` is a call of it. */

import type { StageReport } from '../core/artefact.ts'
import type { StageModule } from '../core/kind.ts'
import type { Kind, StageServices } from './services.ts'

export const exportArtefact: Kind = {
  name: 'export',
  version: 1,
  summary: 'Puts an artefact into a folder.',
  documentation: `Written as a declaration: \`export base to "out/base"\`. The folder, relative to the program's, gets the files of
the artefact as they are in the store; it is made again where they are no longer there.

No export replaces what it did not write. A file of yours in its way is kept, and the export fails; a file that you edited since
is kept, and the run says so. \`llmpipe run FILE --overwrite\` replaces them. Which files are its own is kept in
\`.llmpipe-export.json\` in the folder. An export to where the program reads from is an error.

\`export chat to "out/chat" as hf\` makes a folder of weights that Hugging Face's \`transformers\` loads: \`config.json\`,
\`model.safetensors\`, \`generation_config.json\`, the tokenizer and its chat template. It goes for the architectures \`gpt2\` and
\`llama\` of std.models; of others, \`transformers\` has no class that computes the same.`,
  shape: 'stage',
  inputs: {
    of: {
      kinds: [
        'Docs',
        'Pairs',
        'Prompts',
        'Answers',
        'Rankings',
        'Report',
        'Tokens',
        'Tokenizer',
        'Weights',
        'Reward',
        'Files',
      ],
      description: 'What is exported.',
    },
  },
  settings: {
    properties: {
      as: {
        type: 'string',
        enum: ['files', 'hf'],
        default: 'files',
        description: 'The layout. files: as in the store; hf: weights as `transformers` loads them.',
      },
    },
  },
  positional: ['of'],
  outputs({ inputs, params }) {
    const kind = inputs.of![0]!.kind
    if (params.as === 'hf' && kind !== 'Weights')
      return {
        code: 'invalid-setting',
        at: 'as',
        message: `As hf go weights, and this is of the kind ${kind}`,
        help: 'Leave `as hf` out to get its files as they are.',
      }
    return [{ name: 'out', type: { kind: 'Files' } }]
  },
  resources: ({ as }) => ({ cpus: 1, memory: as === 'hf' ? 2 * 1024 ** 3 : 128 * 1024 ** 2 }),
  async load(): Promise<StageModule<StageServices>> {
    const { cp, constants, readdir } = await import('node:fs/promises')
    return {
      async run(stage, services): Promise<StageReport> {
        const { path } = stage.inputs.of![0]!
        const out = stage.outputs.out!
        if (stage.params.as === 'hf') {
          const { writeHuggingFace } = await import('../train/hugging-face/write.ts')
          const { className } = await writeHuggingFace(path, out, services.architecture)
          return { summary: `${className} of transformers` }
        }
        const names = await readdir(path)
        // Clones blocks where the file system can: the store keeps the same content once in any case.
        await cp(path, out, { recursive: true, mode: constants.COPYFILE_FICLONE })
        return { summary: `${names.length} file${names.length === 1 ? '' : 's'}` }
      },
    }
  },
}
