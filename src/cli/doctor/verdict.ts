/** Whether a machine has what llmpipe needs, and what the call of `doctor` asked for. */

import type { Examination } from './examine.ts'

/** The engines that a call can require. */
export const requirable = ['onnx', 'tfjs', 'torch'] as const

export function isFit(
  { engines, python, named, store }: Examination,
  required: (typeof requirable)[number] | undefined,
): boolean {
  const isThere = { onnx: 'description' in engines.onnx, tfjs: 'description' in engines.tfjs, torch: python !== null }
  return isThere.onnx && store.writable && named === undefined && (required === undefined || isThere[required])
}
