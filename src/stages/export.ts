/** The kind `export`: copies an artefact to a folder. The declaration `export base to "out/base"` is a call of it. */

import type { Misfit } from '../core/kind/kind.ts'
import { parametersOf } from './shared/amounts.ts'
import { folderKinds } from './shared/artefact-kinds.ts'
import { defineKind } from './shared/define-kind.ts'

/** The number formats of exported weights. */
const dtypes = ['float32', 'float16', 'bfloat16', 'q8_0'] as const

type Dtype = (typeof dtypes)[number]

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
\`model.safetensors\`, \`generation_config.json\`, the tokenizer and its chat template. If \`transformers\` has a
class that computes the same as the architecture (the families of std.models), it loads the folder with that class. Otherwise the folder has the source of the model in Python, which
\`transformers\` loads with \`trust_remote_code=True\`. Weights that came from such a folder are exported as
they came: config.json and similar files byte for byte, the numbers in their type. \`as hf(dtype: bfloat16)\` writes another type: float32, float16 or
bfloat16. \`as hf_float32\` is the same as \`as hf(dtype: float32)\`.

\`export chat to "out/chat" as gguf(dtype: q8_0)\` writes the file \`model.gguf\` for llama.cpp, with the tokenizer and its chat template: float32,
float16, bfloat16 or q8_0 (8 bits a number). It needs the same architectures, and a tokenizer that llama.cpp has. The export reads the file again
and compares every number, the ids of texts and the template.

\`export chat to "out/chat" as onnx(dtype: float16)\` writes \`onnx/model.onnx\`, a decoder with a cache of keys and values, with the tokenizer and its chat template, for
ONNX Runtime, Transformers.js and Optimum. With float16, the file has half the size, and all computing stays in float32. Any architecture whose attention is causal can be
exported; a family of std.models gets a \`config.json\` too. The export reads the file again and compares the tokens that it writes.

Beside exported weights lie \`provenance.json\`, every stage behind them with its settings, the digests of its inputs, its counts and its metrics, and
\`README.md\`, a model card made of it. \`weights("out/chat")\` does not read them.

\`export prose to "out/prose" as parquet\` writes documents to \`docs.parquet\`, in row groups of some 32 MB. The fields are columns, with integers, fractions, texts and truth
values in types of their own; nested fields, and fields whose values have several types, are JSON. \`as jsonl_gz\` packs each file of JSON lines with gzip.

\`export tuned to "out/adapter" as peft\` makes a folder of the low-rank adapter alone, which PEFT loads beside the model that it was
trained on. It needs weights that \`sft(…, lora: lora(merge: false))\` or another training with \`merge: false\` made. The adapter of a reward model has the task SEQ_CLS and
the head \`score\`, for \`AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)\`.`,
  inputs: {
    of: {
      kinds: folderKinds,
      description: 'The artefact to export.',
    },
  },
  settings: {
    as: {
      type: 'string',
      enum: ['files', 'hf', 'hf_float32', 'gguf', 'onnx', 'peft', 'parquet', 'jsonl_gz'],
      default: 'files',
      description:
        'The layout. files: as in the store; hf: weights as `transformers` loads them; hf_float32: the same in float32; gguf: a file for llama.cpp; onnx: a file for ONNX Runtime; peft: a low-rank adapter alone, as PEFT loads it; parquet: documents in one Parquet file; jsonl_gz: files of JSON lines packed with gzip.',
    },
    dtype: {
      type: 'string',
      enum: [...dtypes],
      optional: true,
      description:
        'With hf, gguf and onnx: the number format of the weights; q8_0 with gguf only, bfloat16 not with onnx. The default for hf and gguf is the format in which they were imported, or else float32; that for onnx is float32.',
    },
  },
  positional: ['of'],
  outputs({ inputs, settings }) {
    const kind = inputs.of.kind
    const { as } = settings
    if (as === 'parquet' && kind !== 'Docs')
      return {
        code: 'invalid-setting',
        at: 'as',
        message: `Only documents can be exported as parquet, and this is of the kind ${kind}.`,
        help: 'Leave `as parquet` out to get its files as they are.',
      }
    if (as === 'jsonl_gz' && !['Docs', 'Pairs', 'Prompts', 'Answers', 'Rankings'].includes(kind))
      return {
        code: 'invalid-setting',
        at: 'as',
        message: `Only JSON lines can be exported as jsonl_gz, and this is of the kind ${kind}.`,
        help: 'Leave `as jsonl_gz` out to get its files as they are.',
      }
    const isWeights = kind === 'Weights' || (kind === 'Reward' && as === 'peft')
    if (as !== 'files' && as !== 'parquet' && as !== 'jsonl_gz' && !isWeights)
      return {
        code: 'invalid-setting',
        at: 'as',
        message: `Only weights can be exported as ${String(settings.as)}, and this is of the kind ${kind}.`,
        help: `Leave \`as ${String(settings.as)}\` out to get its files as they are.`,
      }
    return misfitOfType(settings) ?? [{ name: 'out', type: { kind: 'Files' } }]
  },
  resources: ({ as }) => ({
    cpus: 1,
    memory: as === 'files' || as === 'jsonl_gz' ? 128 * 1024 ** 2 : as === 'parquet' ? 1024 ** 3 : 2 * 1024 ** 3,
  }),
  async run(stage, services) {
    const { cp, constants, readdir } = await import('node:fs/promises')
    const { path } = stage.inputs.of
    const out = stage.outputs.out
    if (stage.settings.as === 'parquet') {
      const { writeParquet } = await import('../data/write-parquet.ts')
      const { documentsIn } = await import('../data/shards/walk.ts')
      const rows = await writeParquet((phase) => documentsIn([path], stage, phase), `${out}/docs.parquet`)
      return { summary: `${rows.toLocaleString('en-US')} row${rows === 1 ? '' : 's'}` }
    }
    if (stage.settings.as === 'jsonl_gz') {
      const { packLines } = await import('../data/pack-lines.ts')
      const count = await packLines(path, out)
      return { summary: `${count} file${count === 1 ? '' : 's'}` }
    }
    if (stage.settings.as === 'peft') {
      const { exportAdapter } = await import('../train/hugging-face/write-adapter.ts')
      const { targets, notes } = exportAdapter(path, out)
      for (const message of notes) stage.emit({ event: 'log', level: 'warning', message })
      return { summary: `an adapter of ${targets.join(', ')}` }
    }
    const { dtype } = stage.settings
    if (stage.settings.as === 'gguf') {
      const { exportGguf } = await import('../train/gguf/write.ts')
      const written = await exportGguf(path, out, services.architecture, dtype as Dtype | undefined)
      for (const message of written.notes) stage.emit({ event: 'log', level: 'warning', message })
      return {
        summary: `${written.architecture} for llama.cpp in ${written.type}, ${parametersOf(written.parameters)}`,
      }
    }
    if (stage.settings.as === 'onnx') {
      const { exportOnnx } = await import('../train/onnx/write.ts')
      const tools = {
        architecture: services.architecture,
        files: await services.onnxFiles(),
        engine: await services.engine('onnx'),
        threads: stage.threads,
      }
      const written = await exportOnnx(path, out, tools, dtype === 'float16' ? dtype : 'float32')
      for (const message of written.notes) stage.emit({ event: 'log', level: 'warning', message })
      return { summary: `a decoder of ONNX in ${dtype ?? 'float32'}, ${parametersOf(written.parameters)}` }
    }
    if (stage.settings.as !== 'files') {
      const { writeHuggingFace } = await import('../train/hugging-face/write.ts')
      const { floatTypes } = await import('../train/weights/safetensors-dtypes.ts')
      const name = stage.settings.as === 'hf_float32' ? 'float32' : dtype
      const types = name === undefined ? 'as they came' : floatTypes[name as keyof typeof floatTypes]
      const { architecture, torchModule } = services
      const { className, parameters, notes } = await writeHuggingFace(path, out, architecture, types, torchModule)
      for (const message of notes) stage.emit({ event: 'log', level: 'warning', message })
      return { summary: `${className} of transformers, ${parametersOf(parameters)}` }
    }
    const names = await readdir(path)
    // Clones blocks if the file system can: the store keeps the same content once in any case.
    await cp(path, out, { recursive: true, mode: constants.COPYFILE_FICLONE })
    return { summary: `${names.length} file${names.length === 1 ? '' : 's'}` }
  },
})

/** The number formats of each layout that has several. */
const dtypesOf: Readonly<Record<string, readonly Dtype[]>> = {
  hf: ['float32', 'float16', 'bfloat16'],
  gguf: dtypes,
  onnx: ['float32', 'float16'],
}

/** A misfit if a number format is given for a layout that does not have it. */
function misfitOfType({ as, dtype }: { readonly as: string; readonly dtype?: string }): Misfit | undefined {
  const known = dtypesOf[as]
  if (dtype === undefined || known?.includes(dtype as Dtype)) return undefined
  const wrong = { code: 'invalid-setting', at: 'dtype' } as const
  if (known === undefined)
    return {
      ...wrong,
      message: `\`as ${as}\` has no \`dtype\`.`,
      help: 'Only `as hf`, `as gguf` and `as onnx` take it.',
    }
  if (as === 'onnx')
    return {
      ...wrong,
      message: `An export as onnx has no ${dtype}.`,
      help: 'Write `as onnx(dtype: float16)` for a smaller file, or leave `dtype` out.',
    }
  return {
    ...wrong,
    message: 'transformers has no q8_0: it is a format of llama.cpp.',
    help: 'Write `as gguf(dtype: q8_0)`, or choose bfloat16.',
  }
}
