/** Runs a decoder file with ONNX Runtime, to check that it was written right. */

import { StageError } from '../../../core/failure.ts'
import type { CacheSizes, OnnxDecoder } from '../../onnx-files.ts'
import type { Ort } from '../runtime.ts'
import { inputNames } from './decoder-emitter.ts'

type OrtTensor = InstanceType<Ort['Tensor']>

/** Opens a file and reads one text with it. Throws a StageError if ONNX Runtime does not accept the file. */
export async function openDecoder(ort: Ort, path: string, caches: readonly CacheSizes[]): Promise<OnnxDecoder> {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 }).catch((error: Error) => {
    throw new StageError('damaged-weights', `ONNX Runtime does not load the exported file: ${error.message}`)
  })
  const empty = (heads: number, size: number) => new ort.Tensor('float32', new Float32Array(0), [1, heads, 0, size])
  let past: Record<string, OrtTensor> = Object.fromEntries(
    caches.flatMap(({ heads, keys, values }, n) => [
      [`past_key_values.${n}.key`, empty(heads, keys)],
      [`past_key_values.${n}.value`, empty(heads, values)],
    ]),
  )
  let known = 0
  return {
    async read(ids) {
      const [from, to] = [known, known + ids.length]
      const ints = (count: number, number: (i: number) => number) =>
        new ort.Tensor(
          'int64',
          BigInt64Array.from({ length: count }, (_, i) => BigInt(number(i))),
          [1, count],
        )
      const feeds = {
        ...past,
        [inputNames.tokens]: ints(ids.length, (i) => ids[i]!),
        [inputNames.mask]: ints(to, () => 1),
        [inputNames.positions]: ints(ids.length, (i) => from + i),
      }
      const taken = Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name)))
      const outputs = await session.run(taken)
      past = Object.fromEntries(
        Object.keys(past).map((name) => [name, outputs[name.replace('past_key_values', 'present')] as OrtTensor]),
      )
      known = to
      return outputs.logits!.data as Float32Array
    },
    dispose: () => session.release(),
  }
}
