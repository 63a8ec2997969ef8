/** Writes weights with their tokenizer and chat template as an ONNX model for ONNX Runtime and the tools that build on it, and checks that it was written right. */

import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Compiler, Tensors } from '../../engine/engine.ts'
import type { FileWeight, OnnxFiles } from '../../engine/onnx-files.ts'
import { bind } from '../../model/bind.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import { loadTokenizer, tokenizerFiles } from '../../text/load.ts'
import type { Architecture } from '../hugging-face/layout.ts'
import { loadOrigin } from '../hugging-face/origin.ts'
import { layoutIfAny } from '../hugging-face/write.ts'
import { writeSettings } from '../hugging-face/write-settings.ts'
import { endsOf } from '../weights/ends.ts'
import { fromFloat32, toFloat32 } from '../weights/safetensors-dtypes.ts'
import { loadWeights, vocabularyIn } from '../weights/weights.ts'
import { checkDecoder } from './check.ts'
import { genaiConfig } from './genai-config.ts'

/** The path of the model in the folder of an export: the one at which Transformers.js looks for it. */
export const onnxPath = 'onnx/model.onnx'

export type OnnxDtype = 'float32' | 'float16'

export interface WrittenOnnx {
  readonly parameters: number
  /** For people. */
  readonly notes: readonly string[]
}

/** The runtimes that an export needs. */
export interface OnnxTools {
  readonly architecture: Architecture
  readonly files: OnnxFiles
  /** The engine that computes what the file has to compute. */
  readonly engine: Compiler
  readonly threads: number
}

/** The largest number of float16. */
const largestHalf = 65504

/**
 * Writes `onnx/model.onnx` to the folder `out`, with the weights in `dtype`; all computing is in float32. A family of std.models gets the
 * `config.json` of transformers too, and the `genai_config.json` of ONNX Runtime GenAI. Throws a StageError if the model cannot be a decoder of ONNX, if a number is too
 * large for float16, or if the file writes other tokens than the model.
 */
export async function exportOnnx(
  folder: string,
  out: string,
  { architecture, files, engine, threads }: OnnxTools,
  dtype: OnnxDtype = 'float32',
): Promise<WrittenOnnx> {
  const { model, tensors } = loadWeights(folder)
  const vocab = vocabularyIn(model, tensors)
  const graph = bind(model.graph, { vocab })
  const tokenizer = loadTokenizer(folder)
  mkdirSync(join(out, 'onnx'), { recursive: true })
  const path = join(out, onnxPath)
  const caches = files.write(path, graph, (name) => stored(name, tensors, dtype))

  const found = await layoutIfAny(model, architecture, loadOrigin(folder))
  const notes: string[] = []
  if (found !== undefined) {
    writeSettings(folder, out, { ...found, model, vocab, dtype: dtype === 'float32' ? 'F32' : 'F16' })
    const template = loadTemplate(folder)
    const ends = endsOf(folder, tokenizer, template && tokenizer.special.get(template.end))
    const config = genaiConfig(found.layout.modelType, model, { vocab, caches, ends, graph, tokenizer })
    writeFileSync(join(out, 'genai_config.json'), `${JSON.stringify(config, null, 2)}\n`)
  } else {
    for (const name of [...tokenizerFiles, 'chat_template.jinja'])
      if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(out, name))
    notes.push(
      `transformers has no class for \`${model.$name}\`, so there is no config.json: ONNX Runtime runs the model, and tools that need a config.json do not`,
    )
  }
  const rounded = dtype === 'float32' ? tensors : roundedTo16(tensors)
  await checkDecoder(await files.open(path, caches), folder, { ...model, graph }, rounded, { engine, threads, vocab })
  return { parameters: model.graph.weights.reduce((sum, { name }) => sum + tensors[name]!.data.length, 0), notes }
}

function stored(name: string, tensors: Tensors, type: OnnxDtype): FileWeight {
  const { shape, data } = tensors[name]!
  const numbers = data as Float32Array
  if (type === 'float32') return { type, shape, data: () => numbers }
  return {
    type,
    shape,
    data() {
      if (numbers.some((each) => Math.abs(each) > largestHalf))
        throw new StageError(
          'unsupported-weights',
          `${name} has numbers beyond ±${largestHalf}, which float16 does not have`,
          'Write `as onnx(dtype: float32)`.',
        )
      return new Uint16Array(fromFloat32('F16', numbers).buffer)
    },
  }
}

function roundedTo16(tensors: Tensors): Tensors {
  const rounded = (data: Float32Array) => toFloat32('F16', fromFloat32('F16', data))
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor.dtype === 'float32' ? { ...tensor, data: rounded(tensor.data) } : tensor,
    ]),
  )
}
