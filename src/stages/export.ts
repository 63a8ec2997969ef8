/** The kind `export`: copies an artefact to a folder. The declaration `export base to "out/base"` is a call of it. */

import { parametersOf } from './shared/amounts.ts'
import { defineKind } from './shared/define-kind.ts'

export const exportArtefact = defineKind({
  name: 'export',
  version: 2,
  summary: 'Copies an artefact to a folder.',
  documentation: `Written as a declaration: \`export base to "out/base"\`. The folder, relative to that of the program, gets the files
of the artefact as they are in the store. A run restores files that are missing.

An export replaces only files that it wrote. If another file is in the way, it is kept and the export fails. A file that you edited since the
export is kept, and the run warns. \`llmpipe run FILE --overwrite\` replaces such files. The file \`.llmpipe-export.json\` in the folder lists
the exported files. An export to a folder that the program reads is an error.

\`export chat to "out/chat" as hf\` makes a folder of weights that Hugging Face's \`transformers\` loads: \`config.json\`,
\`model.safetensors\`, \`generation_config.json\`, the tokenizer and its chat template. It needs the architecture \`gpt2\` or
\`llama\` of std.models, because \`transformers\` has no class that computes the others. Weights that came from such a folder are exported as
they came: config.json and similar files byte for byte, the numbers in their type. \`as hf_float32\` writes float32 instead.

\`export tuned to "out/adapter" as peft\` makes a folder of the low-rank adapter alone, which PEFT loads beside the model that it was
trained on. It needs weights that \`sft(…, lora: lora(merge: false))\` made.`,
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
      description: 'The artefact to export.',
    },
  },
  settings: {
    as: {
      type: 'string',
      enum: ['files', 'hf', 'hf_float32', 'peft'],
      default: 'files',
      description:
        'The layout. files: as in the store; hf: weights as `transformers` loads them; hf_float32: the same in float32; peft: a low-rank adapter alone, as PEFT loads it.',
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
    // Clones blocks if the file system can: the store keeps the same content once in any case.
    await cp(path, out, { recursive: true, mode: constants.COPYFILE_FICLONE })
    return { summary: `${names.length} file${names.length === 1 ? '' : 's'}` }
  },
})
