/** The writer of ONNX files over ONNX Runtime, which reads them back. */

import type { OnnxFiles } from '../../onnx-files.ts'
import { loadRuntime } from '../runtime.ts'
import { openDecoder } from './open.ts'
import { writeDecoder } from './write.ts'

/** Throws a StageError `no-engine` if the binary of ONNX Runtime is missing. */
export async function onnxFiles(): Promise<OnnxFiles> {
  const ort = await loadRuntime()
  return {
    write: (path, graph, weight) => writeDecoder(path, graph, weight),
    open: (path, caches) => openDecoder(ort, path, caches),
  }
}
