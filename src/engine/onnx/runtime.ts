/** Loads ONNX Runtime, whose binary may be missing. */

import { StageError } from '../../core/failure.ts'

export type Ort = typeof import('onnxruntime-node')

/** Loads ONNX Runtime. Throws a StageError `no-engine` if its binary is missing. */
export async function loadRuntime(): Promise<Ort> {
  try {
    return await import('onnxruntime-node')
  } catch (error) {
    throw new StageError(
      'no-engine',
      `ONNX Runtime could not be loaded: ${(error as Error).message}`,
      'Install the package onnxruntime-node for this platform (npm ci), or run with `engine: tfjs`.',
    )
  }
}
