/** The kind `export`: a copy of an artefact in a folder of one's own. `export base to "out/base"` is a call of it. */

import { parametersOf } from './shared/amounts.ts'
import { defineKind } from './shared/define-kind.ts'

export const exportArtefact = defineKind({
  name: 'export',
  version: 2,
  summary: 'Puts an artefact into a folder.',
  documentation: `Written as a declaration: \`export base to "out/base"\`. The folder, relative to the program's, gets the files of
the artefact as they are in the store; it is made again where they are no longer there.

No export replaces what it did not write. A file of yours in its way is kept, and the export fails; a file that you edited since
is kept, and the run says so. \`llmpipe run FILE --overwrite\` replaces them. Which files are its own is kept in
\`.llmpipe-export.json\` in the folder. An export to where the program reads from is an error.

\`export chat to "out/chat" as hf\` makes a folder of weights that Hugging Face's \`transformers\` loads: \`config.json\`,
\`model.safetensors\`, \`generation_config.json\`, the tokenizer and its chat template. It goes for the architectures \`gpt2\` and
\`llama\` of std.models; of others, \`transformers\` has no class that computes the same. Weights that came from such a folder go out as
they came in, in all that nothing changed: config.json and its like byte for byte, the numbers in the type they had. \`as hf_float32\`
writes float32 instead.

\`export tuned to "out/adapter" as peft\` makes a folder of the low-rank adapter alone, which PEFT loads beside the model that it was
learned on; it goes for weights that \`sft(…, lora: lora(merge: false))\` made.`,
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
    as: {
      type: 'string',
      enum: ['files', 'hf', 'hf_float32', 'peft'],
      default: 'files',
      description:
        'The layout. files: as in the store; hf: weights as `transformers` loads them; hf_float32: the same in float32, whatever type they came in; peft: a low-rank adapter alone, as PEFT loads it.',
    },
  },
  positional: ['of'],
  outputs({ inputs, settings }) {
    const kind = inputs.of.kind
    if (settings.as !== 'files' && kind !== 'Weights')
      return {
        code: 'invalid-setting',
        at: 'as',
        message: `Only weights can be exported as ${String(settings.as)}, and this is of the kind ${kind}.`,
        help: `Leave \`as ${String(settings.as)}\` out to get its files as they are.`,
      }
    return [{ name: 'out', type: { kind: 'Files' } }]
  },
  resources: ({ as }) => ({ cpus: 1, memory: as === 'files' ? 128 * 1024 ** 2 : 2 * 1024 ** 3 }),
  async run(stage, services) {
    const { cp, constants, readdir } = await import('node:fs/promises')
    const { path } = stage.inputs.of
    const out = stage.outputs.out
    if (stage.settings.as === 'peft') {
      const { exportAdapter } = await import('../train/hugging-face/write-adapter.ts')
      const { targets } = exportAdapter(path, out)
      return { summary: `an adapter of ${targets.join(', ')}` }
    }
    if (stage.settings.as !== 'files') {
      const { writeHuggingFace } = await import('../train/hugging-face/write.ts')
      const types = stage.settings.as === 'hf_float32' ? 'float32' : 'as they came'
      const { layout, parameters, notes } = await writeHuggingFace(path, out, services.architecture, types)
      for (const message of notes) stage.emit({ event: 'log', level: 'warning', message })
      return { summary: `${layout.className} of transformers, ${parametersOf(parameters)}` }
    }
    const names = await readdir(path)
    // Clones blocks where the file system can: the store keeps the same content once in any case.
    await cp(path, out, { recursive: true, mode: constants.COPYFILE_FICLONE })
    return { summary: `${names.length} file${names.length === 1 ? '' : 's'}` }
  },
})
