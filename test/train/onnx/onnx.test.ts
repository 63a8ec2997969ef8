/** Exports as ONNX: the file is read back by ONNX Runtime. test/torch/checkpoints/families.test.ts compares every family with transformers. */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from '../../../grammar/parse.ts'
import { loadEngine, loadOnnxFiles } from '../../../src/engine/load.ts'
import { writeDecoder } from '../../../src/engine/onnx/file/write.ts'
import type { OnnxFiles } from '../../../src/engine/onnx-files.ts'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { architecture as elaborated } from '../../../src/language/architecture.ts'
import type { ModelSpec } from '../../../src/model/spec.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { exportOnnx, type OnnxDtype, onnxPath } from '../../../src/train/onnx/write.ts'
import { architecture } from '../../model/architecture.ts'
import { newFolder, savedWeights } from '../saved.ts'

const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
const common = { vocab: tokenizer.size, dim: 32, layers: 2, heads: 4, context: 64 }

const own = (body: string): ModelSpec =>
  elaborated(parse('own', `model own(vocab, dim, heads, context) {\n${body}\n}\n`).program, 'own', {
    ...{ vocab: tokenizer.size, dim: 32, heads: 4, context: 64 },
  })

async function exported(model: ModelSpec, dtype: OnnxDtype = 'float32', files?: OnnxFiles) {
  const out = newFolder()
  const written = await exportOnnx(
    savedWeights(model, tokenizer),
    out,
    {
      architecture: async (name, sizes) => architecture(name, sizes as Readonly<Record<string, ModelArgument>>),
      files: files ?? (await loadOnnxFiles()),
      engine: await loadEngine('onnx'),
      threads: 1,
    },
    dtype,
  )
  return { ...written, out }
}

describe('an export as ONNX', () => {
  it.each(['llama', 'gpt2'])('of a %s has the files that other tools look for', async (name) => {
    const { out, notes } = await exported(architecture(name, common))
    expect(notes).toEqual([])
    for (const file of ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', onnxPath])
      expect(existsSync(join(out, file)), file).toBe(true)
    const { model } = JSON.parse(readFileSync(join(out, 'genai_config.json'), 'utf8'))
    expect(model.decoder).toMatchObject({
      filename: onnxPath,
      num_hidden_layers: 2,
      num_key_value_heads: 4,
      head_size: 8,
    })
  })

  it('has half the size in float16', async () => {
    const model = architecture('llama', { ...common, dim: 64 })
    const [whole, half] = await Promise.all([exported(model), exported(model, 'float16')])
    const size = (out: string) => statSync(join(out, onnxPath)).size
    const parameters = 4 * whole.parameters
    expect(size(whole.out) - size(half.out)).toBeGreaterThan(0.48 * parameters)
  })

  it('of an architecture of ones own has no config.json, and says so', async () => {
    const model = own(`  x = embedding(tokens, vocab, dim)
  q = x |> linear(dim) |> split_heads(heads)
  k = x |> linear(dim) |> split_heads(heads)
  bias = (key_positions() - query_positions()) * 0.1
  y = scaled_dot_product(q, k, k, bias: bias) |> merge_heads()
  linear(rms_norm(x + relu(y)), vocab)`)
    const { out, notes } = await exported(model)
    expect(notes).toEqual([expect.stringContaining('transformers has no class for `own`')])
    expect(existsSync(join(out, 'config.json'))).toBe(false)
    expect(existsSync(join(out, 'tokenizer.json'))).toBe(true)
  })

  it('is refused for a model that reads other tensors of earlier tokens', async () => {
    const model = own(`  x = embedding(tokens, vocab, dim)
  y = x + shift(x, 1)
  linear(y, vocab)`)
    await expect(exported(model)).rejects.toThrow('it has `shift`')
  })

  it('has large weights in a file of their own', async () => {
    const files = await loadOnnxFiles()
    const apart: OnnxFiles = { ...files, write: (path, graph, weight) => writeDecoder(path, graph, weight, 1000) }
    const { out, parameters } = await exported(architecture('llama', common), 'float32', apart)
    expect(statSync(join(out, `${onnxPath}_data`)).size).toBe(4 * parameters)
  })

  it('fails if the file writes other tokens than the model', async () => {
    const files = await loadOnnxFiles()
    const wrong: OnnxFiles = {
      ...files,
      write: (path, graph, weight) =>
        files.write(path, graph, (name) => ({
          ...weight(name),
          data: () => (weight(name).data() as Float32Array).map((number) => -number),
        })),
    }
    await expect(exported(architecture('gpt2', common), 'float32', wrong)).rejects.toThrow('it writes other tokens')
  })
})
